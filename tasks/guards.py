"""The data checks of a stage as Prefect tasks; a check that stands is answered without one."""

from typing import NamedTuple
from uuid import UUID

from prefect import task
from prefect.cache_policies import NO_CACHE
from sqlmodel import Session

from checks import warm_up
from models import CheckRun
from models.session import unit_of_work
from services.gates.check_results import results_of
from services.gates.check_stage import check_stage, recheck_repair, standing_check
from services.leases import Lease
from tasks.retry import PAUSES, can_help


class CheckLine(NamedTuple):
    """One expectation as operators see it: no values, only names of rows."""

    rule: str
    severity: str
    passed: bool
    zh: str
    en: str
    rows: tuple[str, ...]


class Checked(NamedTuple):
    """A stage's check: whether it passed, whether it ran just now, and its lines."""

    passed: bool
    fresh: bool
    lines: tuple[CheckLine, ...]


def run_guard(lease: Lease, stage: str) -> Checked:
    """Return the check that stands for the stage; where there is none, check its data."""
    with unit_of_work() as session:
        standing = standing_check(session, lease, stage)
    return _check(lease, stage) if standing is None else Checked(standing.passed, False, ())


@task(
    name="guard",
    task_run_name="{stage}.guard",
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=len(PAUSES),
    retry_delay_seconds=PAUSES,
    retry_condition_fn=can_help,
)
def _check(lease: Lease, stage: str) -> Checked:
    """Check the stage's data; a try whose commit was not acknowledged finds its own check.

    Slow modules are loaded before the transaction that holds the lease begins.
    """
    warm_up()
    with unit_of_work() as session:
        run, fresh = check_stage(session, lease, stage)
        return Checked(run.passed, fresh, _lines(session, run) if fresh else ())


@task(
    name="recheck",
    task_run_name="{stage}.recheck",
    cache_policy=NO_CACHE,
    persist_result=False,
)
def run_recheck(lease: Lease, stage: str, gate_id: UUID) -> Checked:
    """Check again at a repair gate, after somebody mended the data; asked again, it checks again."""
    del stage
    warm_up()
    with unit_of_work() as session:
        run = recheck_repair(session, lease, gate_id)
        return Checked(run.passed, True, _lines(session, run))


def _lines(session: Session, run: CheckRun) -> tuple[CheckLine, ...]:
    return tuple(
        CheckLine(
            result.rule,
            result.severity,
            result.passed,
            result.zh,
            result.en,
            tuple(str(row) for row in result.rows),
        )
        for result in results_of(session, run)
    )
