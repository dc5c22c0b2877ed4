"""The effect ledger: whatever a stage does is done once, however often it is asked for."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session

from domain.canonical import json_ready
from domain.errors import ProjectStopped
from domain.gates import effect_key
from models import Effect
from models.failpoints import failpoint
from services.clock import now
from services.gates.process_kits import stopped
from services.gates.subjects import find_subject, lock_subject
from services.leases import Lease, require_lease

# Of a session, what the process carries, and the time.
Step = Callable[[Session, Any, datetime], dict[str, object]]


class Asked(NamedTuple):
    """A step as a run asks for it: the round of its stage, and its result if it was done before."""

    round_: int
    result: dict[str, object] | None


def ask(session: Session, lease: Lease, stage: str, step: str) -> Asked:
    """Return which round of ``stage`` a step belongs to, and what it did if it is done."""
    require_lease(session, lease)
    subject = find_subject(session, lease.process_id)
    effect = session.get(Effect, effect_key(subject.code, stage, step, subject.stage_round))
    return Asked(subject.stage_round, effect.result if effect else None)


def once(
    session: Session,
    lease: Lease,
    stage: str,
    step: str,
    do: Step,
    *,
    round_: int,
    even_stopped: bool = False,
) -> dict[str, object]:
    """Do ``step`` of ``stage`` for round ``round_`` of a process, or return what it did before.

    The round is the caller's, read before the first try: an effect may begin the next round, and
    a try whose commit was not acknowledged must find itself again.
    The lease is checked and the subject locked in the same transaction as the effect.
    Raises ProjectStopped for a project that was cancelled or terminated meanwhile, unless the step
    is one that is done ``even_stopped``.
    """
    require_lease(session, lease)
    subject = lock_subject(session, lease.process_id)
    key = effect_key(subject.code, stage, step, round_)
    if effect := session.get(Effect, key):
        return effect.result
    if stopped(subject) and not even_stopped:
        raise ProjectStopped
    at = now(session)
    failpoint("effect.before-work")
    result = json_ready(do(session, subject, at))
    failpoint("effect.before-ledger")
    session.add(Effect(key=key, process_id=subject.id, result=result, done_at=at))
    session.flush()
    failpoint("effect.before-commit")
    return result
