"""Reminders and escalations of gates that wait for people: once for each gate and level."""

from sqlmodel import Session, col, select

from domain.gates import REMIND_BEFORE, GateKind, gate_key
from models import Gate, Process
from services.clock import now
from services.gates.policy_rows import eligible_people, from_json
from services.gates.process_kits import kit_at
from services.gates.subjects import subjects_of
from services.records import tell

_REMINDED = frozenset(GateKind) - {GateKind.TIMER}


def remind(session: Session) -> int:
    """Put reminders (a day before due) and escalations (when overdue) into the outbox.

    A gate whose date is moved is reminded of anew. Where facts are awaited, of people of many
    roles, the street is told, and whoever they are still wanted from: the organisation
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
        level = "escalate" if overdue else "remind"
        policy = from_json(gate.policy)
        people = {
            person.id for seat in policy.seats for person in eligible_people(session, policy, seat)
        }
        audiences = ["role:district_administrator"] if overdue else []
        audiences += [f"person:{person}" for person in sorted(people, key=str)]
        if gate.kind is GateKind.EVENT:
            audiences += [f"street:{process.street_code}"] if process.street_code else []
            audiences += kit_at(gate).awaited(session, subjects[process.id])
        for audience in audiences:
            tell(
                session,
                key=f"gate:{gate.id}:{gate.due_at}:{level}:{audience}",
                topic=f"gate.{level}",
                audience=audience,
                at=at,
                project=subjects[process.id].code,
                gate=gate_key(gate.stage, gate.kind, gate.round),
                due=gate.due_at,
            )
    return len(rows)
