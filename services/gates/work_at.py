"""Whether a gate, or the work at it, is somebody's now: one question for all callers."""

from typing import cast

from sqlmodel import Session

from domain.errors import NotFound, NotPermitted
from domain.identity.roles import Grant
from domain.standings import Standing
from domain.text import Text
from models import Gate
from services.gates.kits import GateKit
from services.gates.process_kits import kit_of
from services.gates.readers import S, Subject
from services.gates.settle_gate import waiting_gate
from services.gates.subjects import subject_coded
from services.gates.tasks import task_at
from services.identity.actors import Actor

Grants = tuple[Grant, ...]


def require_task(
    session: Session,
    actor: Actor,
    grants: Grants,
    subject: Subject,
    gate: Gate,
    *,
    again: bool = False,
) -> None:
    """Raise NotPermitted unless the gate is open and has something for the actor to do.

    ``again`` also admits an actor whose part is done, to change it.
    """
    task = task_at(session, actor.person_id, grants, subject, gate)
    admitted = {Standing.OPEN, Standing.DONE} if again else {Standing.OPEN}
    if gate.outcome is not None or task is None or task.standing not in admitted:
        raise NotPermitted(zh="这个环节不由您办理。", en="this gate is not yours to handle.")


def require_at(session: Session, actor: Actor, grants: Grants, code: str, kit: GateKit[S]) -> S:
    """Return the subject with this code, at whose open gate the actor has a task of ``kit``.

    The task may be done. Raises NotFound, or NotPermitted where it is not theirs or not due now.
    """
    subject = subject_coded(session, code)
    if kit.stage not in kit_of(subject).stages:
        raise NotFound(what=Text("项目", "project"), key=code)
    gate = waiting_gate(session, subject)
    task = task_at(session, actor.person_id, grants, subject, gate) if gate else None
    if task and task.kit is kit and task.standing is not Standing.BARRED:
        return cast("S", subject)
    raise NotPermitted(zh="这不是您现在要办理的事项。", en="this is not yours to do now.")
