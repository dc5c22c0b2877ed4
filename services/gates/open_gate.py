"""Open a gate, and walk a run through it: open, wake, park, pass. Each is one transaction."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from domain.calendar import Deadline
from domain.errors import ProjectStopped
from domain.gates import RULES, GateKind, begins_again, can_be_filled, gate_key
from domain.lifecycle import STOPPED, Stage
from models import Award, Gate, Project
from models.failpoints import failpoint
from models.session import GATE_CHANNEL, notify
from services.clock import now, work_calendar
from services.execution.incidents import close_incident, open_incident
from services.execution.leases import Lease, require_lease
from services.gates.dossiers import build_dossier, current_call
from services.gates.policies import as_json, bind_policy, eligible_people, from_json
from services.gates.settle_gate import settle_gate
from services.records import audit, json_ready, lock_project


def _repair_round(session: Session, project: Project, stage: Stage) -> int:
    passed = session.exec(
        select(func.count())
        .select_from(Gate)
        .where(
            Gate.project_id == project.id,
            Gate.stage == stage,
            Gate.kind == GateKind.REPAIR,
            col(Gate.passed_at).is_not(None),
        )
    ).one()
    return passed + 1


def _due(
    session: Session, project: Project, stage: Stage, kind: GateKind, at: datetime
) -> Deadline | None:
    if (stage, kind) == (Stage.BID, GateKind.TIMER):
        call = current_call(session, project)
        return Deadline(call.closes_at, False) if call and call.closes_at else None
    if (stage, kind) == (Stage.NOTICE, GateKind.TIMER):
        award = session.exec(
            select(Award).where(Award.project_id == project.id).order_by(col(Award.round).desc())
        ).first()
        return Deadline(award.notice_until, False) if award and award.notice_until else None
    days = RULES[stage, kind].due_days
    return work_calendar(session).add_working_days(at, days) if days else None


def open_gate(session: Session, lease: Lease, stage: Stage, kind: GateKind) -> Gate:
    """Return the gate of the project's present round, opened or brought up to date, and settled.

    A dossier that changed gets a new version, so nobody decides on what they have not read.
    A policy that nobody could satisfy opens an incident; the gate goes on waiting, visibly.
    Raises ProjectStopped for a project that was cancelled or terminated meanwhile.
    """
    require_lease(session, lease)
    project = lock_project(session, lease.project_id)
    if project.status in STOPPED:
        raise ProjectStopped
    at = now(session)
    repair = kind is GateKind.REPAIR
    round_ = _repair_round(session, project, stage) if repair else project.stage_round
    gate = session.exec(
        select(Gate).where(
            Gate.project_id == project.id,
            Gate.stage == stage,
            Gate.kind == kind,
            Gate.round == round_,
        )
    ).one_or_none()
    if gate is None:
        gate = _new_gate(session, project, stage, kind, round_, at)
    elif gate.outcome is None:
        refresh_gate(session, project, gate)
    settle_gate(session, project, gate, at)
    _watch_policy(session, project, gate, at)
    session.flush()
    failpoint("gate.open.before-commit")
    return gate


def _new_gate(
    session: Session, project: Project, stage: Stage, kind: GateKind, round_: int, at: datetime
) -> Gate:
    due = _due(session, project, stage, kind, at)
    gate = Gate(
        project_id=project.id,
        stage=stage,
        kind=kind,
        round=round_,
        policy=as_json(bind_policy(session, project, stage, kind)),
        dossier=json_ready(build_dossier(session, project, stage, kind)),
        opened_at=at,
        due_at=due.at if due else None,
        due_provisional=due.provisional if due else False,
    )
    session.add(gate)
    session.flush()
    audit(
        session,
        actor="flow",
        action="gate.opened",
        subject=project.code,
        at=at,
        gate=gate_key(stage, kind, round_),
        due=gate.due_at,
    )
    return gate


def refresh_gate(session: Session, project: Project, gate: Gate) -> None:
    """Bring policy and dossier of an undecided gate up to date."""
    gate.policy = as_json(bind_policy(session, project, gate.stage, gate.kind))
    dossier = json_ready(build_dossier(session, project, gate.stage, gate.kind))
    if dossier != gate.dossier:
        gate.dossier = dossier
        gate.dossier_version += 1


def _watch_policy(session: Session, project: Project, gate: Gate, at: datetime) -> None:
    kind = f"nobody-may-decide:{gate_key(gate.stage, gate.kind, gate.round)}"
    policy = from_json(gate.policy)
    seats = [
        (seat.count, [one.id for one in eligible_people(session, policy, seat)])
        for seat in policy.seats
    ]
    if gate.outcome is None and not can_be_filled(seats):
        open_incident(
            session,
            project_id=project.id,
            kind=kind,
            zh=f"项目 {project.code} 的关口“{RULES[gate.stage, gate.kind].title.zh}”没有足够的人可以决定，请授予角色。",
            en=f"Too few people may decide {gate.stage}-{gate.kind} of {project.code}; grant the role.",
            at=at,
        )
    else:
        close_incident(session, project_id=project.id, kind=kind, at=at)


def allocate_wake(session: Session, lease: Lease, gate_id: UUID) -> Gate | None:
    """Commit the next wake number for a suspension; None if the gate was decided meanwhile."""
    require_lease(session, lease)
    lock_project(session, lease.project_id)
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
    project = lock_project(session, lease.project_id)
    gate = session.get_one(Gate, gate_id, with_for_update=True, populate_existing=True)
    if gate.outcome is not None and gate.passed_at is None:
        gate.passed_at = now(session)
        project.stage_round += begins_again(gate.kind, gate.outcome)
    session.flush()
    failpoint("gate.pass.before-commit")
    return gate
