"""Settle a gate: the one function that writes how a gate was decided."""

from datetime import datetime

from sqlmodel import Session, col, select

from domain.errors import NotPermitted
from domain.gates import GateKind, OnDeadline, Outcome, Said, Verb, Verdict, gate_key, settle
from domain.lifecycle import Stage
from domain.objections import holds_award, returns_award
from models import Decision, Gate, Objection, Project
from models.session import GATE_CHANNEL, notify
from services.gates.facts import progress, quorum_broken
from services.gates.policies import from_json
from services.gates.subjects import Subject, stage_of
from services.records import audit


def said_at(session: Session, gate: Gate) -> list[Said]:
    """Return the decisions on the gate's present dossier in order.

    What was said of an earlier version is kept and shown, but nobody's approval counts for what
    they have not read.
    """
    rows = session.exec(
        select(Decision)
        .where(Decision.gate_id == gate.id, Decision.dossier_version == gate.dossier_version)
        .order_by(col(Decision.decided_at))
    ).all()
    return [Said(row.person_id, row.verb, row.option, row.seat) for row in rows]


def _timer(session: Session, subject: Subject, gate: Gate, at: datetime) -> Verdict | None:
    if gate.stage is Stage.NOTICE:
        objections = session.exec(
            select(Objection).where(
                Objection.project_id == subject.id, Objection.round == subject.stage_round
            )
        ).all()
        if any(returns_award(one.course) for one in objections):
            return Verdict(Outcome.RETURNED)
        if any(holds_award(one.course, at) for one in objections):
            return None
    return Verdict(Outcome.APPROVED) if gate.due_at and gate.due_at <= at else None


def _event(session: Session, subject: Subject, gate: Gate, at: datetime) -> Verdict | None:
    if (
        isinstance(subject, Project)
        and gate.stage is Stage.AWARD
        and quorum_broken(session, subject)
    ):
        return Verdict(Outcome.RETURNED)
    come = progress(session, subject, gate.stage)
    if come.complete:
        return Verdict(Outcome.APPROVED)
    if gate.due_at is None or gate.due_at > at or not come.settles:
        return None
    ends = {OnDeadline.LAPSE: Outcome.LAPSED, OnDeadline.SETTLE: Outcome.APPROVED}
    outcome = ends.get(from_json(gate.policy).on_deadline)
    return Verdict(outcome) if outcome else None


def _verdict(session: Session, subject: Subject, gate: Gate, at: datetime) -> Verdict | None:
    if gate.kind is GateKind.TIMER:
        return _timer(session, subject, gate, at)
    if gate.kind is GateKind.EVENT:
        return _event(session, subject, gate, at)
    if gate.kind is GateKind.REPAIR:
        sent_back = any(one.verb is Verb.RETURN for one in said_at(session, gate))
        return Verdict(Outcome.RETURNED) if sent_back else None
    return settle(from_json(gate.policy), said_at(session, gate))


def settle_gate(session: Session, subject: Subject, gate: Gate, at: datetime) -> None:
    """Write the outcome of ``gate`` if what is known by now decides it; the subject is locked."""
    if gate.outcome is not None:
        return
    if verdict := _verdict(session, subject, gate, at):
        write_outcome(session, subject, gate, verdict, at)


def write_outcome(
    session: Session, subject: Subject, gate: Gate, verdict: Verdict, at: datetime
) -> None:
    """Write how the gate ended, audit it and wake the dispatcher."""
    gate.outcome, gate.option, gate.decided_at = verdict.outcome, verdict.option, at
    audit(
        session,
        actor="gate",
        action=f"gate.{verdict.outcome}",
        subject=subject.code,
        at=at,
        gate=gate_key(gate.stage, gate.kind, gate.round),
        option=verdict.option,
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


def end_gates(session: Session, project: Project, at: datetime) -> None:
    """End every undecided gate of a project that was cancelled or terminated."""
    rows = session.exec(
        select(Gate).where(Gate.process_id == project.id, col(Gate.outcome).is_(None))
    ).all()
    for gate in rows:
        write_outcome(session, project, gate, Verdict(Outcome.ENDED), at)
