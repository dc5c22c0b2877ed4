"""Open a gate, and walk a run through it: open, wake, park, pass. Each is one transaction."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from domain.canonical import json_ready
from domain.errors import ProjectStopped
from domain.gates import GateKind, begins_again, can_be_filled, gate_key
from models import Gate
from models.failpoints import failpoint
from models.session import GATE_CHANNEL, notify
from services.calendar.counted_dates import count_days
from services.clock import now
from services.events.record import record
from services.gates.dossiers import build_dossier
from services.gates.events import GateOpened
from services.gates.gate_date import GATE
from services.gates.kits import GateKit
from services.gates.policies import bind_policy
from services.gates.policy_rows import as_json, eligible_people, from_json
from services.gates.process_kits import kit_at, stopped
from services.gates.readers import Subject
from services.gates.settle_gate import settle_gate
from services.gates.subjects import lock_subject, process_of
from services.incidents import close_incident, open_incident
from services.leases import Lease, require_lease


def _repair_round(session: Session, subject: Subject, stage: str) -> int:
    passed = session.exec(
        select(func.count())
        .select_from(Gate)
        .where(
            Gate.process_id == subject.id,
            Gate.stage == stage,
            Gate.kind == GateKind.REPAIR,
            col(Gate.passed_at).is_not(None),
        )
    ).one()
    return passed + 1


def open_gate(session: Session, lease: Lease, kit: GateKit[Any]) -> Gate:
    """Return the gate of the present round, opened or brought up to date, and settled.

    A dossier that changed gets a new version, so nobody decides on what they have not read.
    A policy that nobody could satisfy opens an incident; the gate goes on waiting, visibly.
    Raises ProjectStopped for a project that was cancelled or terminated meanwhile.
    """
    require_lease(session, lease)
    subject = lock_subject(session, lease.process_id)
    if stopped(subject):
        raise ProjectStopped
    at = now(session)
    repair = kit.kind is GateKind.REPAIR
    round_ = _repair_round(session, subject, kit.stage.code) if repair else subject.stage_round
    gate = session.exec(
        select(Gate).where(
            Gate.process_id == subject.id,
            Gate.stage == kit.stage.code,
            Gate.kind == kit.kind,
            Gate.round == round_,
        )
    ).one_or_none()
    if gate is None:
        gate = _new_gate(session, subject, kit, round_, at)
    elif gate.outcome is None:
        refresh_gate(session, subject, gate)
    settle_gate(session, subject, gate, at)
    _watch_policy(session, subject, gate, at)
    session.flush()
    failpoint("gate.open.before-commit")
    return gate


def _new_gate(
    session: Session, subject: Subject, kit: GateKit[Any], round_: int, at: datetime
) -> Gate:
    due = kit.due(session, subject, at)
    gate = Gate(
        process_id=subject.id,
        stage=kit.stage.code,
        kind=kit.kind,
        round=round_,
        policy=as_json(bind_policy(session, subject, kit)),
        dossier=json_ready(build_dossier(session, subject, kit)),
        dossier_at=at,
        opened_at=at,
        due_at=due.at if due else None,
        due_provisional=due.provisional if due else False,
    )
    if due and due.days:
        project_id = process_of(session, subject.id).project_id
        count_days(session, GATE, gate, at=at, days=due.days, project_id=project_id)
    session.add(gate)
    session.flush()
    record(
        session,
        GateOpened(gate=gate_key(gate.stage, gate.kind, round_), due=gate.due_at),
        about=subject.code,
        by="flow",
        at=at,
    )
    return gate


def refresh_gate(session: Session, subject: Subject, gate: Gate) -> None:
    """Bring policy and dossier of an undecided gate up to date."""
    kit = kit_at(gate)
    gate.policy = as_json(bind_policy(session, subject, kit))
    dossier = json_ready(build_dossier(session, subject, kit))
    if dossier != gate.dossier:
        gate.dossier, gate.dossier_at = dossier, now(session)
        gate.dossier_version += 1


def _watch_policy(session: Session, subject: Subject, gate: Gate, at: datetime) -> None:
    kind = f"nobody-may-decide:{gate_key(gate.stage, gate.kind, gate.round)}"
    policy = from_json(gate.policy)
    seats = [
        (seat.count, [person.id for person in eligible_people(session, policy, seat)])
        for seat in policy.seats
    ]
    if gate.outcome is None and not can_be_filled(seats):
        open_incident(
            session,
            process_id=subject.id,
            kind=kind,
            zh=f"{subject.code} 的环节“{kit_at(gate).rule.title.zh}”没有足够的人可以决定，请授予角色。",
            en=f"Too few people may decide {gate.stage}-{gate.kind} of {subject.code}; grant the role.",
            at=at,
        )
    else:
        close_incident(session, process_id=subject.id, kind=kind, at=at)


def allocate_wake(session: Session, lease: Lease, gate_id: UUID) -> Gate | None:
    """Commit the next wake number for a suspension; None if the gate was decided meanwhile."""
    require_lease(session, lease)
    lock_subject(session, lease.process_id)
    gate = session.get_one(Gate, gate_id, populate_existing=True)
    if gate.outcome is not None:
        return None
    gate.wake += 1
    session.flush()
    failpoint("gate.wake.before-commit")
    return gate


def park_gate(session: Session, lease: Lease, gate_id: UUID, wake: int) -> None:
    """Record that Prefect has accepted the suspension numbered ``wake``."""
    require_lease(session, lease)
    gate = session.get_one(Gate, gate_id, with_for_update=True, populate_existing=True)
    gate.parked_wake, gate.parked_at = wake, now(session)
    session.flush()
    notify(session, GATE_CHANNEL, str(gate_id))
    failpoint("gate.park.before-commit")


def pass_gate(session: Session, lease: Lease, gate_id: UUID) -> Gate:
    """Record that the run has gone through a decided gate.

    Where data was sent back, or a panel was broken, the stage's next round begins with it: in one
    transaction, so that nobody is asked again when the worker dies in between.
    """
    require_lease(session, lease)
    subject = lock_subject(session, lease.process_id)
    gate = session.get_one(Gate, gate_id, with_for_update=True, populate_existing=True)
    if gate.outcome is not None and gate.passed_at is None:
        gate.passed_at = now(session)
        subject.stage_round += begins_again(gate.kind, gate.outcome)
    session.flush()
    failpoint("gate.pass.before-commit")
    return gate
