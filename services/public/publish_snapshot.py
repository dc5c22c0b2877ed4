"""Build the analytics snapshot, check it, and publish it only if its critical checks pass."""

from pathlib import Path

from sqlmodel import Session

from analytics.build import build, descriptions, drop, fresh_file, publish, sweep
from analytics.snapshot import reading, snapshot_file
from checks.gate import CheckOutcome, run_suite
from checks.marts import mart_suite
from domain.errors import Refused
from domain.text import Text
from models.session import unit_of_work
from models.settings import settings
from services.clock import now
from services.execution.jobs import Job, job_ran
from services.gates.check_results import keep_outcome
from services.incidents import close_incident, open_incident
from services.register.dimension import dimensions

_INCIDENT = "snapshot-refused"


class SnapshotRefused(Refused):
    """A snapshot failed a critical check; the last good one stays."""

    code = "snapshot-refused"
    text = Text(
        "分析快照未通过检查（{rules}），仍使用上一份。",
        "The snapshot failed its checks ({rules}); the last good one stays.",
    )


def publish_snapshot(data_dir: Path | None = None) -> Path:
    """Build, check and publish; return the published file. Raises SnapshotRefused."""
    published = snapshot_file(data_dir or settings().data_dir)
    sweep(published.parent)
    fresh = fresh_file(published)
    try:
        build(fresh, settings().database_url, dimensions=dimensions())
        outcomes = check_snapshot(fresh)
        failed = [failure.check.rule for outcome in outcomes for failure in outcome.failed]
        with unit_of_work() as session:
            for outcome in outcomes:
                keep_outcome(session, outcome, process_id=None, round_=1, at=now(session))
            _watch(session, failed)
        if failed:
            raise SnapshotRefused(rules=", ".join(failed))
        publish(fresh, published)
        with unit_of_work() as session:
            job_ran(session, Job.SNAPSHOT)
    finally:
        drop(fresh)
    return published


def check_snapshot(path: Path) -> list[CheckOutcome]:
    """Check every mart, and every dimension of a register, of the snapshot at ``path``."""
    keys = {
        table: described["key"] for table, described in descriptions().items() if "key" in described
    }
    keys |= {dimension.table: dimension.key for dimension in dimensions()}
    outcomes = []
    with reading(path) as database:
        for table, key in keys.items():
            suite = mart_suite(table, key)
            outcomes.append(run_suite(suite, database.execute(suite.sql).df()))
    return outcomes


def _watch(session: Session, failed: list[str]) -> None:
    if failed:
        open_incident(
            session,
            process_id=None,
            kind=_INCIDENT,
            zh=f"分析快照未通过检查：{', '.join(failed)}。请修正数据后重新构建。",
            en=f"The snapshot failed {', '.join(failed)}; mend the data and build again.",
            at=now(session),
        )
    else:
        close_incident(session, process_id=None, kind=_INCIDENT, at=now(session))
