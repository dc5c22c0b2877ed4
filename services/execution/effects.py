"""The effect ledger: whatever a stage does is done once, whoever asks again."""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session

from domain.errors import ProjectStopped
from domain.gates import effect_key
from domain.lifecycle import STOPPED, Stage
from models import Effect, Project
from models.failpoints import failpoint
from services.clock import now
from services.execution.leases import Lease, require_lease
from services.records import json_ready, lock_project

Step = Callable[[Session, Project, datetime], dict[str, object]]


def once(
    session: Session, lease: Lease, stage: Stage, step: str, do: Step, *, round_: int
) -> dict[str, object]:
    """Do ``step`` of ``stage`` for round ``round_`` of a project, or return what it did before.

    The round is the caller's, read before the first try: an effect may begin the next round, and
    a try whose commit was not acknowledged must find itself again.
    The lease is checked and the project locked in the same transaction as the effect.
    Raises ProjectStopped for a project that was cancelled or terminated meanwhile.
    """
    require_lease(session, lease)
    project = lock_project(session, lease.project_id)
    key = effect_key(project.code, stage, step, round_)
    if found := session.get(Effect, key):
        return found.result
    if project.status in STOPPED:
        raise ProjectStopped
    at = now(session)
    failpoint("effect.before-work")
    result = json_ready(do(session, project, at))
    failpoint("effect.before-ledger")
    session.add(Effect(key=key, project_id=project.id, result=result, done_at=at))
    session.flush()
    failpoint("effect.before-commit")
    return result
