"""Guard a stage: run its suite, keep every result, and end a repair gate when the check passes."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from checks import SUITES, read_frame, run_suite
from domain.gates import GateKind, Outcome, Verdict
from models import CheckRun, Gate
from services.clock import now
from services.events.record import record
from services.gates.check_results import keep_outcome, last_run
from services.gates.events import CheckFailed, CheckPassed
from services.gates.open_gate import refresh_gate
from services.gates.readers import Subject
from services.gates.settle_gate import write_outcome
from services.gates.subjects import find_subject, lock_subject
from services.leases import Lease, require_lease


def standing_check(session: Session, lease: Lease, stage: str) -> CheckRun | None:
    """Return the check that stands for this stage and round, None where it is to be run.

    A stage that passed is not checked again; one that failed waits at its repair gate and is
    checked there when somebody has mended its data.
    """
    require_lease(session, lease)
    return _standing(session, find_subject(session, lease.process_id), stage)


def check_stage(session: Session, lease: Lease, stage: str) -> tuple[CheckRun, bool]:
    """Return the check that stands for this stage and round, and whether it was run just now."""
    require_lease(session, lease)
    subject = lock_subject(session, lease.process_id)
    if standing := _standing(session, subject, stage):
        return standing, False
    return run_check(session, subject, stage, now(session)), True


def _standing(session: Session, subject: Subject, stage: str) -> CheckRun | None:
    check_run = last_run(session, subject, stage)
    if check_run and (check_run.passed or _in_repair(session, subject, stage)):
        return check_run
    return None


def _in_repair(session: Session, subject: Subject, stage: str) -> bool:
    waiting = select(Gate.id).where(
        Gate.process_id == subject.id,
        Gate.stage == stage,
        Gate.kind == GateKind.REPAIR,
        col(Gate.passed_at).is_(None),
    )
    return session.exec(waiting).first() is not None


def run_check(session: Session, subject: Subject, stage: str, at: datetime) -> CheckRun:
    """Run the stage's suite over the subject's rows and keep the results."""
    suite = SUITES[stage]
    frame = read_frame(session, suite, process=subject.id, round=subject.stage_round)
    outcome = run_suite(suite, frame)
    run = keep_outcome(session, outcome, process_id=subject.id, round_=subject.stage_round, at=at)
    kind = CheckPassed if outcome.passed else CheckFailed
    record(
        session,
        kind(suite=suite.name, rules=[failure.check.rule for failure in outcome.failed]),
        about=subject.code,
        by="flow",
        at=at,
    )
    session.flush()
    return run


def recheck_repair(session: Session, lease: Lease, gate_id: UUID) -> CheckRun:
    """Check again after somebody mended the data: the repair gate ends when the check passes."""
    require_lease(session, lease)
    subject = lock_subject(session, lease.process_id)
    gate = session.get_one(Gate, gate_id, populate_existing=True)
    assert gate.kind is GateKind.REPAIR
    at = now(session)
    run = run_check(session, subject, gate.stage, at)
    gate.nudged = False
    if run.passed:
        write_outcome(session, subject, gate, Verdict(Outcome.APPROVED), at)
    else:
        refresh_gate(session, subject, gate)
        gate.dossier_version += 1
    session.flush()
    return run
