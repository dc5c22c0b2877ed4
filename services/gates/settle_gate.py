"""Settle a gate: the one function that writes how a gate was decided."""

from datetime import datetime

from sqlmodel import Session, col, select

from domain.errors import NotPermitted
from domain.gates import GateKind, Outcome, Verdict, gate_key
from models import Gate
from models.session import GATE_CHANNEL, notify
from services.events.record import record
from services.gates.events import GateEnded
from services.gates.process_kits import kit_at, stage_of
from services.gates.readers import Subject


def settle_gate(session: Session, subject: Subject, gate: Gate, at: datetime) -> None:
    """Write the outcome of ``gate`` if the facts known by now decide it; the subject is locked."""
    if gate.outcome is not None:
        return
    if verdict := kit_at(gate).verdict(session, subject, gate, at):
        write_outcome(session, subject, gate, verdict, at)


def write_outcome(
    session: Session, subject: Subject, gate: Gate, verdict: Verdict, at: datetime
) -> None:
    """Write how the gate ended, audit it and wake the dispatcher."""
    gate.outcome, gate.option, gate.decided_at = verdict.outcome, verdict.option, at
    record(
        session,
        GateEnded(
            outcome=verdict.outcome,
            gate=gate_key(gate.stage, gate.kind, gate.round),
            option=verdict.option,
        ),
        about=subject.code,
        by="gate",
        at=at,
    )
    session.flush()
    notify(session, GATE_CHANNEL, str(gate.id))


def current_gate(session: Session, subject: Subject, kind: GateKind) -> Gate | None:
    """Return the gate of ``kind`` in the subject's present stage and round, if it was opened."""
    return session.exec(
        select(Gate).where(
            Gate.process_id == subject.id,
            Gate.stage == stage_of(subject),
            Gate.kind == kind,
            Gate.round == subject.stage_round,
        )
    ).one_or_none()


def waiting_gate(session: Session, subject: Subject) -> Gate | None:
    """Return the gate at which something waits, the one opened last where there are several."""
    return session.exec(
        select(Gate)
        .where(Gate.process_id == subject.id, col(Gate.outcome).is_(None))
        .order_by(col(Gate.opened_at).desc())
    ).first()


def require_facts_wanted(session: Session, subject: Subject) -> None:
    """Raise NotPermitted unless the subject's present event gate still waits for facts."""
    gate = current_gate(session, subject, GateKind.EVENT)
    if gate is None or gate.outcome is not None:
        raise NotPermitted(
            zh="这一轮的收集尚未开始或已经结束。", en="this round takes no answers now."
        )


def settle_current(session: Session, subject: Subject, kind: GateKind, at: datetime) -> None:
    """Settle the present gate of ``kind``, if there is one; facts call this when they come in."""
    session.flush()
    if gate := current_gate(session, subject, kind):
        settle_gate(session, subject, gate, at)


def end_gates(session: Session, subject: Subject, at: datetime) -> None:
    """End every undecided gate of a cancelled or terminated subject."""
    rows = session.exec(
        select(Gate).where(Gate.process_id == subject.id, col(Gate.outcome).is_(None))
    ).all()
    for gate in rows:
        write_outcome(session, subject, gate, Verdict(Outcome.ENDED), at)
