"""Reminders and escalations of gates that wait for people: once for each gate and level."""

from sqlmodel import Session, col, select

from domain.gates import REMIND_BEFORE, GateKind, gate_key
from models import Gate, Process
from services.clock import now
from services.events import audiences
from services.events.record import tell
from services.gates.events import GateDueSoon, GateOverdue
from services.gates.policy_rows import eligible_people, from_json
from services.gates.process_kits import kit_at
from services.gates.subjects import subjects_of

_REMINDED = frozenset(GateKind) - {GateKind.TIMER}


def remind(session: Session) -> int:
    """Put reminders (a day before due) and escalations (when overdue) into the outbox.

    A gate whose date is moved is reminded of anew. Where facts are awaited, of people of many
    roles, the street is told, and those they are still wanted from: the organisation
    concerned, the members of the panel.

    Returns how many gates are near or past their due time.
    """
    at = now(session)
    rows = session.exec(
        select(Gate, Process)
        .join(Process, col(Process.id) == Gate.process_id)
        .where(
            col(Gate.outcome).is_(None),
            col(Gate.kind).in_(_REMINDED),
            col(Gate.due_at) <= at + REMIND_BEFORE,
        )
    ).all()
    subjects = subjects_of(session, {gate.process_id for gate, _ in rows})
    for gate, process in rows:
        overdue = gate.due_at is not None and gate.due_at <= at
        policy = from_json(gate.policy)
        people = {
            person.id for seat in policy.seats for person in eligible_people(session, policy, seat)
        }
        to = [audiences.ADMINISTRATORS] if overdue else []
        to += [audiences.person(person) for person in sorted(people, key=str)]
        if gate.kind is GateKind.EVENT:
            to += [audiences.street(process.street_code)] if process.street_code else []
            to += kit_at(gate).awaited(session, subjects[process.id])
        kind = GateOverdue if overdue else GateDueSoon
        tell(
            session,
            kind(gate=gate_key(gate.stage, gate.kind, gate.round), due=gate.due_at),
            about=subjects[process.id].code,
            at=at,
            to=to,
            once=f"gate:{gate.id}:{gate.due_at}:{'escalate' if overdue else 'remind'}",
        )
    return len(rows)
