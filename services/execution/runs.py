"""What the dispatcher and the reconciler read and write about flow runs."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, text, update
from sqlmodel import Session, col, select

from domain.gates import GateKind, wake_key
from domain.lifecycle import STAGE_OF, Stage, Status
from models import Gate, Project, ProjectRun, Street
from models.failpoints import failpoint
from models.session import GATE_CHANNEL, notify
from services.clock import now
from services.execution.incidents import RUN_STOPPED, close_incident
from services.execution.leases import Lease, require_lease
from services.gates.settle_gate import settle_gate
from services.records import audit, lock_project


class RunOrder(NamedTuple):
    """A flow run that should exist: what it is named and tagged in Prefect."""

    project_id: UUID
    generation: int
    definition: str
    name: str
    tags: tuple[str, ...]

    @property
    def idempotency_key(self) -> str:
        """Return the key under which Prefect creates this generation once."""
        return f"{self.project_id}:{self.generation}"


class Waiting(NamedTuple):
    """A gate whose run should go on: decided (or nudged), and suspended in Prefect."""

    gate_id: UUID
    project_id: UUID
    flow_run_id: UUID
    key: str


class KnownRun(NamedTuple):
    """An unfinished run as the database knows it.

    ``key`` is the wake key of its open suspension, ``parked`` whether Prefect is known to hold
    it, ``decided`` whether that gate has been decided, ``leased`` whether a worker executes it.
    """

    project_id: UUID
    code: str
    generation: int
    flow_run_id: UUID
    held: bool
    gate_id: UUID | None
    key: str | None
    wake: int
    parked: bool
    decided: bool
    leased: bool


def project_of(session: Session, lease: Lease) -> Project:
    """Return the project of a run that holds its lease."""
    require_lease(session, lease)
    return session.get_one(Project, lease.project_id, populate_existing=True)


def run_orders(session: Session) -> list[RunOrder]:
    """Return the runs that are wanted and not yet known to exist."""
    rows = session.exec(
        select(Project, ProjectRun, Street)
        .join(ProjectRun, col(ProjectRun.project_id) == Project.id)
        .join(Street, col(Street.code) == Project.street_code)
        .where(
            col(ProjectRun.flow_run_id).is_(None),
            col(ProjectRun.finished_at).is_(None),
            col(ProjectRun.held).is_(False),
        )
        .order_by(col(ProjectRun.requested_at))
    ).all()
    return [
        RunOrder(
            project.id,
            run.generation,
            project.definition,
            f"{project.code} {project.title}",
            (street.name, project.category, *stage_tags(project.status)),
        )
        for project, run, street in rows
    ]


def stage_tags(status: Status) -> tuple[str, ...]:
    """Return the tag for the stage of ``status``; none once the project has ended."""
    stage = STAGE_OF.get(status)
    return (f"stage:{stage.value}",) if stage else ("stage:evaluate",)


def run_created(session: Session, order: RunOrder, flow_run_id: UUID) -> bool:
    """Record the flow run of a generation; False when the generation has moved on meanwhile."""
    run = session.get_one(ProjectRun, order.project_id, with_for_update=True)
    if run.generation != order.generation:
        return False
    run.flow_run_id = flow_run_id
    session.flush()
    failpoint("run.created.before-commit")
    return True


def is_current(session: Session, project_id: UUID, generation: int) -> bool:
    """Tell whether ``generation`` is the one that should execute the project."""
    run = session.get(ProjectRun, project_id)
    return run is not None and run.generation == generation and run.finished_at is None


def next_generation(session: Session, *, project_id: UUID, generation: int) -> bool:
    """Ask for a new flow run in place of ``generation``; False when that was done already."""
    run = session.get_one(ProjectRun, project_id, with_for_update=True)
    if run.generation != generation or run.finished_at is not None:
        return False
    project = session.get_one(Project, project_id)
    run.generation, run.flow_run_id = generation + 1, None
    session.execute(
        update(Gate)
        .where(col(Gate.project_id) == project_id, col(Gate.passed_at).is_(None))
        .values(parked_wake=0)
    )
    run.requested_at = now(session)
    audit(
        session,
        actor="reconciler",
        action="run.replaced",
        subject=project.code,
        at=run.requested_at,
        generation=run.generation,
    )
    session.flush()
    notify(session, GATE_CHANNEL, str(project_id))
    failpoint("run.generation.before-commit")
    return True


def finish_run(session: Session, lease: Lease) -> None:
    """Record that a run has done everything; nothing will start it again."""
    require_lease(session, lease)
    run = session.get_one(ProjectRun, lease.project_id, with_for_update=True)
    run.finished_at = now(session)
    close_incident(session, project_id=lease.project_id, kind=RUN_STOPPED, at=run.finished_at)
    session.flush()
    failpoint("run.finish.before-commit")


def hold_run(session: Session, *, project_id: UUID, held: bool) -> None:
    """Hold a project's run back, or let it go on: an operator's choice, never the reconciler's."""
    run = session.get_one(ProjectRun, project_id, with_for_update=True)
    run.held = held
    session.flush()
    notify(session, GATE_CHANNEL, str(project_id))


def waiting_gates(session: Session) -> list[Waiting]:
    """Return the gates whose suspended runs should be resumed, the longest decided first."""
    rows = session.exec(
        select(Gate, ProjectRun.flow_run_id)
        .join(ProjectRun, col(ProjectRun.project_id) == Gate.project_id)
        .where(
            col(Gate.passed_at).is_(None),
            col(Gate.outcome).is_not(None) | col(Gate.nudged),
            Gate.wake > 0,
            col(Gate.parked_wake) == col(Gate.wake),
            col(ProjectRun.flow_run_id).is_not(None),
            col(ProjectRun.held).is_(False),
            col(ProjectRun.finished_at).is_(None),
        )
        .order_by(col(Gate.decided_at))
    ).all()
    return [
        Waiting(
            gate.id,
            gate.project_id,
            flow_run_id,
            wake_key(gate.stage, gate.kind, gate.round, gate.wake),
        )
        for gate, flow_run_id in rows
        if flow_run_id is not None
    ]


def due_gates(session: Session) -> list[UUID]:
    """Return the undecided timers and events whose time has come, the longest due first."""
    return list(
        session.exec(
            select(Gate.id)
            .where(
                col(Gate.outcome).is_(None),
                col(Gate.kind).in_([GateKind.TIMER, GateKind.EVENT]),
                col(Gate.due_at) <= now(session),
            )
            .order_by(col(Gate.due_at))
        ).all()
    )


def settle_due_gate(session: Session, gate_id: UUID) -> None:
    """Settle one gate whose time has come."""
    gate = session.get_one(Gate, gate_id)
    project = lock_project(session, gate.project_id)
    session.refresh(gate)
    settle_gate(session, project, gate, now(session))


def next_due(session: Session, project_ids: Sequence[UUID]) -> datetime | None:
    """Return when the next timer of these projects falls due."""
    return session.exec(
        select(func.min(Gate.due_at)).where(
            col(Gate.project_id).in_(project_ids),
            col(Gate.outcome).is_(None),
            Gate.kind == GateKind.TIMER,
        )
    ).one()


_KNOWN = text("""
SELECT r.project_id, p.code, r.generation, r.flow_run_id, r.held, g.id, g.stage, g.kind, g.round,
       coalesce(g.wake, 0), coalesce(g.parked_wake = g.wake, false),
       coalesce(g.outcome IS NOT NULL OR g.nudged, false),
       EXISTS (SELECT 1 FROM run_lease l
               WHERE l.project_id = r.project_id AND l.expires_at >= clock_timestamp())
FROM project_run r
JOIN project p ON p.id = r.project_id
LEFT JOIN LATERAL (
    SELECT * FROM gate WHERE gate.project_id = r.project_id AND gate.passed_at IS NULL
    ORDER BY gate.opened_at DESC LIMIT 1
) g ON true
WHERE r.finished_at IS NULL AND r.flow_run_id IS NOT NULL
ORDER BY p.code
""")


def known_runs(session: Session) -> list[KnownRun]:
    """Return every unfinished run that should exist in Prefect."""
    known = []
    for row in session.execute(_KNOWN):
        project_id, code, generation, flow_run_id, held, gate_id, stage, kind, round_ = row[:9]
        wake, parked, decided, leased = row[9:]
        key = wake_key(Stage(stage), GateKind(kind), round_, wake) if wake else None
        known.append(
            KnownRun(
                *(project_id, code, generation, flow_run_id, held, gate_id),
                *(key, wake, parked, decided, leased),
            )
        )
    return known


def park_again(session: Session, *, gate_id: UUID, wake: int) -> None:
    """Record a suspension that Prefect holds although its worker died before it could say so."""
    gate = session.get_one(Gate, gate_id, with_for_update=True)
    if gate.wake == wake and gate.parked_wake != wake:
        gate.parked_wake, gate.parked_at = wake, now(session)
        session.flush()
        notify(session, GATE_CHANNEL, str(gate_id))
