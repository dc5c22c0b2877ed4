"""What the platform does by itself: when each job last ran, when it is next, and whether it is late.

Times are the database's real clock: machines run by it, whatever a demo's clock says.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from sqlalchemy import text
from sqlmodel import Session, select

from domain.text import Text
from models import JobRun
from services.clock import real_now
from services.incidents import close_incident, open_incident

_OFTEN: Final = timedelta(seconds=30)


class Job(StrEnum):
    """A job that runs by itself."""

    SNAPSHOT = "snapshot"
    HOUSEKEEPING = "housekeeping"
    HEADS = "heads"
    DAILY = "daily"
    RECONCILE = "reconcile"


class Schedule(NamedTuple):
    """What a job is called, how often it runs, and after what time it is late."""

    name: Text
    every: timedelta
    late: timedelta


SCHEDULES: Final = {
    Job.SNAPSHOT: Schedule(
        Text("分析快照，每天 02:00", "analytics snapshot, 02:00 every day"),
        timedelta(days=1),
        timedelta(hours=26),
    ),
    Job.HOUSEKEEPING: Schedule(
        Text("提醒、封存审计记录", "reminders, sealing of the audit log"),
        timedelta(minutes=1),
        timedelta(minutes=10),
    ),
    Job.HEADS: Schedule(
        Text("公布审计链首", "publication of the audit chain's head"),
        timedelta(minutes=1),
        timedelta(minutes=10),
    ),
    Job.DAILY: Schedule(
        Text(
            "每日事务：逾期、名单、链首存证",
            "daily work: late milestones, lists, anchoring of heads",
        ),
        timedelta(days=1),
        timedelta(hours=26),
    ),
    Job.RECONCILE: Schedule(
        Text("流程调和", "reconciliation of runs"), timedelta(minutes=1), timedelta(minutes=10)
    ),
}


class JobLine(NamedTuple):
    """One job: when it last ran, when it is next, and whether that is too long ago."""

    job: Job
    name: Text
    ran_at: datetime | None
    next_at: datetime
    late: bool


_RAN: Final = text("""
INSERT INTO job_run AS earlier (job, watched_since, ran_at)
VALUES (:job, clock_timestamp(), clock_timestamp())
ON CONFLICT (job) DO UPDATE SET ran_at = excluded.ran_at
WHERE earlier.ran_at IS NULL OR earlier.ran_at < excluded.ran_at - :often
RETURNING 1
""")
_WATCH: Final = text("""
INSERT INTO job_run (job, watched_since) VALUES (:job, clock_timestamp()) ON CONFLICT DO NOTHING
""")


def watch_jobs(session: Session) -> None:
    """Expect every job from now on, those that were expected before from then on."""
    for job in Job:
        session.execute(_WATCH, {"job": job.value})


def job_ran(session: Session, job: Job) -> None:
    """Record that a job has just run; what runs every second is noted twice a minute."""
    if session.execute(_RAN, {"job": job.value, "often": _OFTEN}).first():
        close_incident(session, process_id=None, kind=_kind(job), at=real_now(session))


def list_jobs(session: Session) -> list[JobLine]:
    """Return every job with its times; one that never ran counts from when it was expected."""
    at = real_now(session)
    runs = {run.job: run for run in session.exec(select(JobRun))}
    lines = []
    for job, schedule in SCHEDULES.items():
        run = runs.get(job.value)
        last = run.ran_at if run else None
        since = last or (run.watched_since if run else at)
        late = at - since > schedule.late
        lines.append(JobLine(job, schedule.name, last, since + schedule.every, late))
    return lines


def report_late_jobs(session: Session) -> None:
    """Open an incident for every job that is late."""
    for job in list_jobs(session):
        if job.late:
            open_incident(
                session,
                process_id=None,
                kind=_kind(job.job),
                zh=f"“{job.name.zh}”没有按时运行，请查看 log 目录里的日志，或运行 jiebang doctor。",
                en=f"Late: {job.name.en}. Look at the logs in the log folder, or run jiebang doctor.",
                at=real_now(session),
            )


def _kind(job: Job) -> str:
    return f"late-{job.value}"
