"""Say that one is at work on a gate, so that others with the same seat need not begin."""

from uuid import UUID

from sqlmodel import Session, col, select

from domain.errors import GateClosed, NotPermitted
from domain.gates import OUTCOME_NAMES, gate_key
from models import Claim, Person
from services.clock import now
from services.events.record import record
from services.gates.events import GateClaimed, GateUnclaimed
from services.gates.gate_page import find_gate_keyed
from services.gates.subjects import lock_subject
from services.gates.work_at import require_task
from services.identity.actors import Actor, grants_of


def claim_gate(session: Session, *, code: str, key: str, actor: Actor) -> None:
    """Claim a gate; it hinders nobody from deciding. Raises NotPermitted if somebody else has."""
    subject, gate = find_gate_keyed(session, code, key)
    lock_subject(session, subject.id)
    session.refresh(gate)
    if gate.outcome is not None:
        name = OUTCOME_NAMES[gate.outcome]
        raise GateClosed(zh=name.zh, en=name.en)
    grants = grants_of(session, actor.person_id)
    require_task(session, actor, grants, subject, gate)
    claim = session.exec(select(Claim).where(Claim.gate_id == gate.id).with_for_update()).first()
    if claim and claim.person_id != actor.person_id:
        name_ = session.get_one(Person, claim.person_id).name
        raise NotPermitted(zh=f"{name_}已在办理。", en=f"{name_} is already at work on it.")
    if claim is None:
        at = now(session)
        session.add(Claim(gate_id=gate.id, person_id=actor.person_id, claimed_at=at))
        record(
            session,
            GateClaimed(gate=gate_key(gate.stage, gate.kind, gate.round)),
            about=subject.code,
            by=actor.login,
            at=at,
        )
        session.flush()


def release_gate(session: Session, *, code: str, key: str, actor: Actor) -> None:
    """Give a claim back; only the actor's own."""
    subject, gate = find_gate_keyed(session, code, key)
    claim = session.get(Claim, gate.id, with_for_update=True)
    if claim and claim.person_id == actor.person_id:
        session.delete(claim)
        record(
            session,
            GateUnclaimed(gate=gate_key(gate.stage, gate.kind, gate.round)),
            about=subject.code,
            by=actor.login,
            at=now(session),
        )
        session.flush()


def claims_of(session: Session, gate_ids: list[UUID]) -> dict[UUID, str]:
    """Return the name of the person at work on each of these gates that has one."""
    rows = session.exec(
        select(Claim, Person)
        .join(Person, col(Person.id) == Claim.person_id)
        .where(col(Claim.gate_id).in_(gate_ids))
    ).all()
    return {claim.gate_id: person.name for claim, person in rows}
