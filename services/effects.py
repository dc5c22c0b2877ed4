"""The effect ledger: whatever a stage does is done once, whoever asks again."""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session

from domain.gates import effect_key
from domain.lifecycle import Stage
from models import Effect, Project
from models.failpoints import failpoint
from services.clock import now
from services.leases import Lease, require_lease
from services.records import json_ready, lock_project

Step = Callable[[Session, Project, datetime], dict[str, object]]


def once(session: Session, lease: Lease, stage: Stage, step: str, do: Step) -> dict[str, object]:
    """Do ``step`` of ``stage`` for the current round of a project, or return what it did before.

    The lease is checked and the project locked in the same transaction as the effect.
    """
    require_lease(session, lease)
    project = lock_project(session, lease.project_id)
    key = effect_key(project.code, stage, step, project.stage_round)
    if found := session.get(Effect, key):
        return found.result
    at = now(session)
    failpoint("effect.before-work")
    result = json_ready(do(session, project, at))
    failpoint("effect.before-ledger")
    session.add(Effect(key=key, project_id=project.id, result=result, done_at=at))
    session.flush()
    failpoint("effect.before-commit")
    return result
