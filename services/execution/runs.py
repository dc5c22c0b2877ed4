"""What the dispatcher and the reconciler read and write about flow runs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from sqlalchemy import func, text, update
from sqlmodel import Session, col, select

from domain.gates import GateKind, Outcome, wake_key
from models import Gate, Process, ProcessRun
from models.failpoints import failpoint
from models.session import GATE_CHANNEL, notify
from services.clock import now
from services.events.record import record
from services.execution.events import RunReplaced
from services.gates.process_kits import process_kit, stage_of
from services.gates.settle_gate import settle_gate
from services.gates.subjects import find_subject, lock_subject
from services.incidents import RUN_STOPPED, close_incident
from services.leases import Lease, require_lease


class RunOrder(NamedTuple):
    """A flow run that should exist: what it is named and tagged in Prefect."""

    process_id: UUID
    generation: int
    definition: str
    name: str
    tags: tuple[str, ...]

    @property
    def idempotency_key(self) -> str:
        """Return the key under which Prefect creates this generation once."""
        return f"{self.process_id}:{self.generation}"


class Waiting(NamedTuple):
    """A gate whose run should go on: decided (or nudged), and suspended in Prefect."""

    gate_id: UUID
    process_id: UUID
    flow_run_id: UUID
    key: str


class KnownRun(NamedTuple):
    """An unfinished run as the database knows it.

    ``key`` is the wake key of its open suspension, ``parked`` whether Prefect is known to hold
    it, ``decided`` whether that gate has been decided, ``leased`` whether a worker executes it.
    """

    process_id: UUID
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


def subject_of(session: Session, lease: Lease) -> Any:
    """Return the subject of a run that holds its lease."""
    require_lease(session, lease)
    return find_subject(session, lease.process_id)


class Located(Protocol):
    """What lies in a street and a community."""

    street_code: Any
    community_code: Any


def begin_process(
    session: Session,
    definition: str,
    *,
    process_id: UUID,
    code: str,
    place: Located | None,
    project_id: UUID | None = None,
    at: datetime,
) -> None:
    """Register a process and ask for its run; what it carries is added with the same id and code.

    ``definition`` names a deployment: the flow and its version. ``place`` is where roles are held
    for it, None the whole district; ``project_id`` is the project it is about, if it is about one.
    """
    session.add(
        Process(
            id=process_id,
            definition=definition,
            code=code,
            project_id=project_id,
            street_code=place.street_code if place else None,
            community_code=place.community_code if place else None,
        )
    )
    session.flush()
    session.add(ProcessRun(process_id=process_id, requested_at=at))
    session.flush()
    notify(session, GATE_CHANNEL, str(process_id))


def run_orders(session: Session) -> list[RunOrder]:
    """Return the runs that are wanted and not yet known to exist."""
    rows = session.exec(
        select(Process, ProcessRun)
        .join(ProcessRun, col(ProcessRun.process_id) == Process.id)
        .where(
            col(ProcessRun.flow_run_id).is_(None),
            col(ProcessRun.finished_at).is_(None),
            col(ProcessRun.held).is_(False),
        )
        .order_by(col(ProcessRun.requested_at))
    ).all()
    return [_order(session, process, run) for process, run in rows]


def _order(session: Session, process: Process, run: ProcessRun) -> RunOrder:
    subject = find_subject(session, process.id)
    kit = process_kit(process.definition)
    # A draft has no stage yet: its first is next.
    stage = stage_of(subject) or kit.stages[0].code
    return RunOrder(
        process.id,
        run.generation,
        process.definition,
        f"{process.code} {subject.title}",
        (*kit.tags(session, subject), f"stage:{stage}"),
    )


def run_created(session: Session, order: RunOrder, flow_run_id: UUID) -> bool:
    """Record the flow run of a generation; False when the generation has moved on meanwhile."""
    run = session.get_one(ProcessRun, order.process_id, with_for_update=True)
    if run.generation != order.generation:
        return False
    run.flow_run_id = flow_run_id
    session.flush()
    failpoint("run.created.before-commit")
    return True


def is_current(session: Session, process_id: UUID, generation: int) -> bool:
    """Tell whether ``generation`` is the one that should execute the process."""
    run = session.get(ProcessRun, process_id)
    return run is not None and run.generation == generation and run.finished_at is None


def next_generation(session: Session, *, process_id: UUID, generation: int) -> bool:
    """Ask for a new flow run in place of ``generation``; False when that was done already."""
    run = session.get_one(ProcessRun, process_id, with_for_update=True)
    if run.generation != generation or run.finished_at is not None:
        return False
    run.generation, run.flow_run_id = generation + 1, None
    session.execute(
        update(Gate)
        .where(col(Gate.process_id) == process_id, col(Gate.passed_at).is_(None))
        .values(parked_wake=0)
    )
    run.requested_at = now(session)
    record(
        session,
        RunReplaced(generation=run.generation),
        about=session.get_one(Process, process_id).code,
        by="reconciler",
        at=run.requested_at,
    )
    session.flush()
    notify(session, GATE_CHANNEL, str(process_id))
    failpoint("run.generation.before-commit")
    return True


def finish_run(session: Session, lease: Lease) -> None:
    """Record that a run has done everything; nothing will start it again.

    Gates that ended with a stopped project are behind it, though it never went through them.
    """
    require_lease(session, lease)
    run = session.get_one(ProcessRun, lease.process_id, with_for_update=True)
    run.finished_at = now(session)
    session.execute(
        update(Gate)
        .where(
            col(Gate.process_id) == lease.process_id,
            col(Gate.outcome) == Outcome.ENDED,
            col(Gate.passed_at).is_(None),
        )
        .values(passed_at=run.finished_at)
    )
    close_incident(session, process_id=lease.process_id, kind=RUN_STOPPED, at=run.finished_at)
    session.flush()
    failpoint("run.finish.before-commit")


def hold_run(session: Session, *, process_id: UUID, is_held: bool) -> None:
    """Hold a process's run back, or let it go on: an operator's choice, never the reconciler's."""
    run = session.get_one(ProcessRun, process_id, with_for_update=True)
    run.held = is_held
    session.flush()
    notify(session, GATE_CHANNEL, str(process_id))


def waiting_gates(session: Session) -> list[Waiting]:
    """Return the gates whose suspended runs should be resumed, the longest decided first."""
    rows = session.exec(
        select(Gate, ProcessRun.flow_run_id)
        .join(ProcessRun, col(ProcessRun.process_id) == Gate.process_id)
        .where(
            col(Gate.passed_at).is_(None),
            col(Gate.outcome).is_not(None) | col(Gate.nudged),
            Gate.wake > 0,
            col(Gate.parked_wake) == col(Gate.wake),
            col(ProcessRun.flow_run_id).is_not(None),
            col(ProcessRun.held).is_(False),
            col(ProcessRun.finished_at).is_(None),
        )
        .order_by(col(Gate.decided_at))
    ).all()
    return [
        Waiting(
            gate.id,
            gate.process_id,
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
    subject = lock_subject(session, gate.process_id)
    session.refresh(gate)
    settle_gate(session, subject, gate, now(session))


def next_due(session: Session, process_ids: Sequence[UUID]) -> datetime | None:
    """Return when the next timer of these processes falls due."""
    return session.exec(
        select(func.min(Gate.due_at)).where(
            col(Gate.process_id).in_(process_ids),
            col(Gate.outcome).is_(None),
            Gate.kind == GateKind.TIMER,
        )
    ).one()


_KNOWN = text("""
SELECT r.process_id, p.code, r.generation, r.flow_run_id, r.held, g.id, g.stage, g.kind, g.round,
       coalesce(g.wake, 0), coalesce(g.parked_wake = g.wake, false),
       coalesce(g.outcome IS NOT NULL OR g.nudged, false),
       EXISTS (SELECT 1 FROM run_lease l
               WHERE l.process_id = r.process_id AND l.expires_at >= clock_timestamp())
FROM process_run r
JOIN process p ON p.id = r.process_id
LEFT JOIN LATERAL (
    SELECT * FROM gate WHERE gate.process_id = r.process_id AND gate.passed_at IS NULL
    ORDER BY gate.opened_at DESC LIMIT 1
) g ON true
WHERE r.finished_at IS NULL AND r.flow_run_id IS NOT NULL
ORDER BY 2
""")


def known_runs(session: Session) -> list[KnownRun]:
    """Return every unfinished run that should exist in Prefect."""
    known = []
    for row in session.execute(_KNOWN):
        process_id, code, generation, flow_run_id, is_held, gate_id, stage, kind, round_ = row[:9]
        wake, parked, decided, leased = row[9:]
        key = wake_key(stage, GateKind(kind), round_, wake) if wake else None
        known.append(
            KnownRun(
                *(process_id, code, generation, flow_run_id, is_held, gate_id),
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
