"""Keep what a suite found, and read it again."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, select

from checks import SUITES, Outcome
from models import CheckResult, CheckRun


def keep_outcome(
    session: Session, outcome: Outcome, *, project_id: UUID | None, round_: int, at: datetime
) -> CheckRun:
    """Keep the run and the result of every expectation; a snapshot's run has no project."""
    run = CheckRun(
        project_id=project_id,
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
    for one in outcome.findings:
        session.add(
            CheckResult(
                run_id=run.id,
                rule=one.check.rule,
                severity=one.check.severity.value,
                passed=one.passed,
                zh=one.check.text.zh,
                en=one.check.text.en,
                rows=list(one.rows),
            )
        )
    session.flush()
    return run


def results_of(session: Session, run: CheckRun) -> list[CheckResult]:
    """Return the results of a run in the order of its suite."""
    rows = session.exec(select(CheckResult).where(CheckResult.run_id == run.id)).all()
    suite = SUITES.get(run.suite)
    order = {one.rule: at for at, one in enumerate(suite.checks if suite else ())}
    return sorted(rows, key=lambda one: order.get(one.rule, len(order)))
