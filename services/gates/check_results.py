"""Keep what a suite found, and read it again."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlmodel import Session, col, select

from checks import SUITES, CheckOutcome, Severity
from domain.text import Text
from models import CheckResult, CheckRun
from services.gates.readers import Subject


def keep_outcome(
    session: Session, outcome: CheckOutcome, *, process_id: UUID | None, round_: int, at: datetime
) -> CheckRun:
    """Keep the run and the result of every expectation; a snapshot's run has no process."""
    run = CheckRun(
        process_id=process_id,
        suite=outcome.suite,
        round=round_,
        passed=outcome.passed,
        expectations=len(outcome.findings),
        critical=len(outcome.failed),
        warnings=len(outcome.warnings),
        milliseconds=outcome.milliseconds,
        checked_at=at,
    )
    session.add(run)
    session.flush()
    for finding in outcome.findings:
        session.add(
            CheckResult(
                run_id=run.id,
                rule=finding.check.rule,
                severity=finding.check.severity.value,
                passed=finding.passed,
                zh=finding.check.text.zh,
                en=finding.check.text.en,
                rows=list(finding.rows),
            )
        )
    session.flush()
    return run


def last_run(session: Session, subject: Subject, stage: str) -> CheckRun | None:
    """Return the newest run of the stage's suite in the subject's present round."""
    return session.exec(
        select(CheckRun)
        .where(
            CheckRun.process_id == subject.id,
            CheckRun.suite == stage,
            CheckRun.round == subject.stage_round,
        )
        .order_by(col(CheckRun.checked_at).desc())
    ).first()


class WantedCheck(NamedTuple):
    """An expectation of a stage's data check: its sentence says what would be wrong.

    ``failed`` tells whether it was so when this round was last checked; ``stops`` that it would
    send the data back, where others are only shown.
    """

    text: Text
    stops: bool
    failed: bool


def wanted_at(session: Session, subject: Subject, stage: str) -> list[WantedCheck]:
    """Return what the check of a stage will look at, in the order of its suite."""
    last = last_run(session, subject, stage)
    failed = (
        {result.rule for result in results_of(session, last) if not result.passed}
        if last
        else set()
    )
    return [
        WantedCheck(check.text, check.severity is Severity.CRITICAL, check.rule in failed)
        for check in SUITES[stage].checks
    ]


def results_of(session: Session, run: CheckRun) -> list[CheckResult]:
    """Return the results of a run in the order of its suite."""
    rows = session.exec(select(CheckResult).where(CheckResult.run_id == run.id)).all()
    suite = SUITES.get(run.suite)
    order = {check.rule: at for at, check in enumerate(suite.checks if suite else ())}
    return sorted(rows, key=lambda row: order.get(row.rule, len(order)))
