"""Open a gate, and walk a run through it: open, wake, park, pass. Each is one transaction."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from domain.calendar import end_of_day
from domain.errors import ProjectStopped
from domain.gates import RULES, GateKind, begins_again, can_be_filled, gate_key
from domain.lifecycle import Stage
from models import Award, ConductList, CorrectiveAction, CorrectiveNote, Gate, Project
from models.failpoints import failpoint
from models.session import GATE_CHANNEL, notify
from services.calendar.counted_dates import (
    CLOSING,
    GATE,
    NOTICE,
    REPLY,
    CountedDate,
    count_days,
    is_provisional,
)
from services.clock import now, work_calendar
from services.execution.leases import Lease, require_lease
from services.gates.dossiers import build_dossier, current_call
from services.gates.policies import (
    as_json,
    bind_policy,
    eligible_people,
    from_json,
    settings_of,
)
from services.gates.settle_gate import settle_gate
from services.gates.subjects import Subject, lock_subject, project_about, stopped
from services.incidents import close_incident, open_incident
from services.records import audit, json_ready


def _repair_round(session: Session, subject: Subject, stage: Stage) -> int:
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


class Due(NamedTuple):
    """Until when a gate waits; ``days`` where that is counted from its opening."""

    at: datetime
    provisional: bool = False
    days: int | None = None


def _told(session: Session, date: CountedDate, row: Any) -> Due | None:
    """Return a date that people were told."""
    at: datetime | None = getattr(row, date.column, None)
    return Due(at, is_provisional(session, date, row)) if at else None


def _closing(session: Session, project: Project, _: datetime) -> Due | None:
    return _told(session, CLOSING, current_call(session, project))


def _notice(session: Session, project: Project, _: datetime) -> Due | None:
    award = session.exec(
        select(Award).where(Award.project_id == project.id).order_by(col(Award.round).desc())
    ).first()
    return _told(session, NOTICE, award)


def _recheck(session: Session, action: CorrectiveAction, at: datetime) -> Due | None:
    """Return the end of the plan's day; sent back, there is more time as the settings have it."""
    named = _named_day(session, action, at)
    if action.stage_round == 1:
        return named
    project = session.get_one(Project, action.project_id)
    days = int(settings_of(session, project)["recheck_days"])
    more = _counted(session, at, days)
    return named if named and named.at > more.at else more


def _named_day(session: Session, action: CorrectiveAction, _: datetime) -> Due | None:
    """Return the end of the day that the last plan, or the last guidance, names."""
    note = session.exec(
        select(CorrectiveNote)
        .where(CorrectiveNote.action_id == action.id, col(CorrectiveNote.due_on).is_not(None))
        .order_by(col(CorrectiveNote.written_at).desc())
    ).first()
    return Due(end_of_day(note.due_on)) if note and note.due_on else None


def _reply_until(session: Session, conduct_list: ConductList, _: datetime) -> Due | None:
    return _told(session, REPLY, conduct_list)


_DUE: Final[dict[tuple[Stage, GateKind], Callable[[Session, Any, datetime], Due | None]]] = {
    (Stage.BID, GateKind.TIMER): _closing,
    (Stage.NOTICE, GateKind.TIMER): _notice,
    (Stage.RECHECK, GateKind.EVENT): _recheck,
    (Stage.INTERVENE, GateKind.EVENT): _named_day,
    (Stage.LIST, GateKind.TIMER): _reply_until,
}


def _due(
    session: Session, subject: Subject, stage: Stage, kind: GateKind, at: datetime
) -> Due | None:
    """Return until when a gate that opened at ``at`` is to be decided, if there is such a date."""
    if due := _DUE.get((stage, kind)):
        return due(session, subject, at)
    days = RULES[stage, kind].due_days
    return _counted(session, at, days) if days else None


def _counted(session: Session, at: datetime, days: int) -> Due:
    return Due(*work_calendar(session).add_working_days(at, days), days)


def open_gate(session: Session, lease: Lease, stage: Stage, kind: GateKind) -> Gate:
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
    repair = kind is GateKind.REPAIR
    round_ = _repair_round(session, subject, stage) if repair else subject.stage_round
    gate = session.exec(
        select(Gate).where(
            Gate.process_id == subject.id,
            Gate.stage == stage,
            Gate.kind == kind,
            Gate.round == round_,
        )
    ).one_or_none()
    if gate is None:
        gate = _new_gate(session, subject, stage, kind, round_, at)
    elif gate.outcome is None:
        refresh_gate(session, subject, gate)
    settle_gate(session, subject, gate, at)
    _watch_policy(session, subject, gate, at)
    session.flush()
    failpoint("gate.open.before-commit")
    return gate


def _new_gate(
    session: Session, subject: Subject, stage: Stage, kind: GateKind, round_: int, at: datetime
) -> Gate:
    due = _due(session, subject, stage, kind, at)
    gate = Gate(
        process_id=subject.id,
        stage=stage,
        kind=kind,
        round=round_,
        policy=as_json(bind_policy(session, subject, stage, kind)),
        dossier=json_ready(build_dossier(session, subject, stage, kind)),
        dossier_at=at,
        opened_at=at,
        due_at=due.at if due else None,
        due_provisional=due.provisional if due else False,
    )
    if due and due.days:
        about = project_about(session, subject)
        project_id = about.id if about else None
        count_days(session, GATE, gate, at=at, days=due.days, project_id=project_id)
    session.add(gate)
    session.flush()
    audit(
        session,
        actor="flow",
        action="gate.opened",
        subject=subject.code,
        at=at,
        gate=gate_key(stage, kind, round_),
        due=gate.due_at,
    )
    return gate


def refresh_gate(session: Session, subject: Subject, gate: Gate) -> None:
    """Bring policy and dossier of an undecided gate up to date."""
    gate.policy = as_json(bind_policy(session, subject, gate.stage, gate.kind))
    dossier = json_ready(build_dossier(session, subject, gate.stage, gate.kind))
    if dossier != gate.dossier:
        gate.dossier, gate.dossier_at = dossier, now(session)
        gate.dossier_version += 1


def _watch_policy(session: Session, subject: Subject, gate: Gate, at: datetime) -> None:
    kind = f"nobody-may-decide:{gate_key(gate.stage, gate.kind, gate.round)}"
    policy = from_json(gate.policy)
    seats = [
        (seat.count, [one.id for one in eligible_people(session, policy, seat)])
        for seat in policy.seats
    ]
    if gate.outcome is None and not can_be_filled(seats):
        open_incident(
            session,
            process_id=subject.id,
            kind=kind,
            zh=f"{subject.code} 的关口“{RULES[gate.stage, gate.kind].title.zh}”没有足够的人可以决定，请授予角色。",
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
