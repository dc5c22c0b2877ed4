"""The data checks of a stage as a Prefect task."""

from typing import NamedTuple

from prefect import task
from prefect.cache_policies import NO_CACHE

from checks import warm_up
from domain.lifecycle import Stage
from models.session import unit_of_work
from services.check_results import results_of
from services.check_stage import check_stage
from services.leases import Lease


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


@task(
    name="guard",
    task_run_name="{stage}.guard",
    cache_policy=NO_CACHE,
    persist_result=False,
)
def run_guard(lease: Lease, stage: Stage) -> Checked:
    """Check the stage's data, unless it has passed in this round.

    What is slow to load is loaded before the transaction that holds the lease begins.
    """
    warm_up()
    with unit_of_work() as session:
        run, fresh = check_stage(session, lease, stage)
        lines = results_of(session, run) if fresh else []
        return Checked(
            run.passed,
            fresh,
            tuple(
                CheckLine(
                    one.rule,
                    one.severity,
                    one.passed,
                    one.zh,
                    one.en,
                    tuple(str(row) for row in one.rows),
                )
                for one in lines
            ),
        )
