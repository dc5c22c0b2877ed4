"""Whether a gate, or a duty at a project's gate, is somebody's now: one question for all who ask."""

from sqlmodel import Session

from domain.duties import Duty, Standing
from domain.errors import NotPermitted
from domain.roles import Grant
from models import Gate, Project
from services.gates.duties import task_at
from services.gates.settle_gate import waiting_gate
from services.gates.subjects import Subject
from services.identity.actors import Actor
from services.projects import project_coded

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

    ``again`` also admits who has done their part and may change it.
    """
    task = task_at(session, actor.person_id, grants, subject, gate)
    admitted = {Standing.OPEN, Standing.DONE} if again else {Standing.OPEN}
    if gate.outcome is not None or task is None or task.standing not in admitted:
        raise NotPermitted(zh="这个关口不由您办理。", en="this gate is not yours to handle.")


def require_duty(session: Session, actor: Actor, grants: Grants, code: str, duty: Duty) -> Project:
    """Return the project at whose open gate the actor has this duty, done or not.

    Raises NotFound, or NotPermitted where it is not theirs or not due now.
    """
    project = project_coded(session, code)
    gate = waiting_gate(session, project)
    task = task_at(session, actor.person_id, grants, project, gate) if gate else None
    if task and task.duty is duty and task.standing is not Standing.BARRED:
        return project
    raise NotPermitted(zh="这不是您现在要办理的事项。", en="this is not yours to do now.")
