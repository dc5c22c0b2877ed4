"""Publishing a year's list of days off: what it changes, and which dates move because of it."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Field, Session, SQLModel, col, select

from domain.calendar import WorkCalendar
from domain.text import Text
from models import CalendarDay, CalendarYear, Call, Gate, Project, WorkingPeriod
from models.locks import AdvisoryLock, one_at_a_time
from models.session import GATE_CHANNEL, notify
from models.shapes import Command
from services.calendar.counted_dates import counted_row
from services.calendar.events import YearPublished
from services.calendar.year_files import ListedDay, YearList
from services.clock import now, real_now, work_calendar
from services.dates import DATES, DateMoved, DateMovedApart
from services.events.audiences import audience
from services.events.record import record, tell
from services.gates.subjects import process_of
from services.identity.actors import Actor, require_administrator
from services.projects.moves import lock_project
from services.publish.call_dates import move_closing


class YearPublish(Command):
    """By which document a year's list is published."""

    source: str = Field(
        min_length=2,
        max_length=120,
        schema_extra={"examples": ["国务院办公厅关于2027年部分节假日安排的通知"]},
    )


@dataclass(frozen=True, slots=True)
class ChangedDay:
    """A day that the list says otherwise than the calendar; None where either says nothing."""

    before: ListedDay | None
    after: ListedDay | None


@dataclass(frozen=True, slots=True)
class Move:
    """A provisional date counted anew; ``before`` and ``after`` are equal where it only settles."""

    code: str
    name: Text
    before: datetime
    after: datetime
    provisional: bool

    @property
    def is_moved(self) -> bool:
        """Tell whether it is another date now."""
        return self.after != self.before


@dataclass(frozen=True, slots=True)
class YearPlan:
    """What publishing a list does; ``source`` is the present list's, None for a new year.

    ``same`` days are listed as they stand in the calendar already.
    """

    year: int
    source: str | None
    changes: tuple[ChangedDay, ...]
    same: int
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class KnownYear:
    """A year of the calendar: its exceptions, and who published it, if anybody has."""

    year: int
    source: str | None
    published_at: datetime | None
    days: tuple[ListedDay, ...]


def list_years(session: Session, *, actor: Actor) -> tuple[KnownYear, ...]:
    """Return every year of which something is known, the latest first."""
    require_administrator(session, actor)
    published = {row.year: row for row in session.exec(select(CalendarYear))}
    days: dict[int, list[ListedDay]] = {year: [] for year in published}
    for row in session.exec(select(CalendarDay).order_by(col(CalendarDay.day).desc())):
        days.setdefault(row.day.year, []).append(ListedDay(row.day, row.kind, row.reason))
    return tuple(
        KnownYear(
            year,
            published[year].source if year in published else None,
            published[year].published_at if year in published else None,
            tuple(days[year]),
        )
        for year in sorted(days, reverse=True)
    )


def plan_year(session: Session, *, actor: Actor, listed: YearList) -> YearPlan:
    """Return what publishing ``listed`` would do: it is done, and taken back."""
    require_administrator(session, actor)
    attempt = session.begin_nested()
    plan = _publish(session, actor, listed, "")
    attempt.rollback()
    return plan


def publish_year(
    session: Session, *, actor: Actor, listed: YearList, sent: YearPublish
) -> YearPlan:
    """Replace a year's exceptions by a list, and count provisional dates anew.

    A date that people were told moves later or stays; the due date of a task whose passing ends
    nothing may move either way. A past date stays.
    """
    require_administrator(session, actor, proved=True)
    return _publish(session, actor, listed, sent.source)


def _publish(session: Session, actor: Actor, listed: YearList, source: str) -> YearPlan:
    one_at_a_time(session, AdvisoryLock.PUBLISHING_YEAR)
    year = session.get(CalendarYear, listed.year)
    earlier = year.source if year else None
    changes, same = _set_days(session, listed)
    year = year or CalendarYear(year=listed.year, source="", published_at=real_now(session))
    year.source, year.published_at = source, real_now(session)
    session.add(year)
    session.flush()
    moves = recount_dates(session)
    record(
        session,
        YearPublished(changed=len(changes), moved=len(moves)),
        about=str(listed.year),
        by=actor.login,
        at=now(session),
    )
    return YearPlan(listed.year, earlier, changes, same, moves)


def _set_days(session: Session, listed: YearList) -> tuple[tuple[ChangedDay, ...], int]:
    """Let the calendar say what the list says; return what that changed, and how much was so."""
    wanted = {day.day: day for day in listed.days}
    rows = {
        row.day: row
        for row in session.exec(select(CalendarDay).with_for_update())
        if row.day.year == listed.year or row.day in wanted
    }
    known = {day: ListedDay(day, row.kind, row.reason) for day, row in rows.items()}
    changes = tuple(
        ChangedDay(known.get(day), wanted.get(day))
        for day in sorted({*known, *wanted})
        if known.get(day) != wanted.get(day)
    )
    for change in changes:
        if change.after:
            session.merge(CalendarDay(**asdict(change.after)))
        elif change.before:
            session.delete(rows[change.before.day])
    return changes, len(wanted) - sum(change.after is not None for change in changes)


def recount_dates(session: Session) -> tuple[Move, ...]:
    """Count every provisional date again; return those that move, and those that are settled.

    Each holds its project until this transaction ends. A date that was counted by the earlier
    calendar while a list was being published is counted again the next day.
    """
    at, calendar = now(session), work_calendar(session)
    kept = session.exec(select(WorkingPeriod).order_by(col(WorkingPeriod.began_at))).all()
    known = [(period.row, period.date, period.project_id) for period in kept]
    moves = [
        move for key in known if (move := _recount(session, calendar, *key, at=at)) is not None
    ]
    if moves:
        notify(session, GATE_CHANNEL)
    return tuple(moves)


def _recount(
    session: Session,
    calendar: WorkCalendar,
    identity: str,
    key: str,
    project_id: UUID | None,
    *,
    at: datetime,
) -> Move | None:
    date = DATES[key]
    project = lock_project(session, project_id) if project_id else None
    period = session.get(
        WorkingPeriod, (identity, key), with_for_update=True, populate_existing=True
    )
    row = counted_row(session, date, period) if period else None
    if period is None:
        return None
    if row is None or not date.runs(row, project):
        session.delete(period)
        return None
    due = calendar.add_working_days(period.began_at, period.days)
    before: datetime = getattr(row, date.column)
    after = due.at if due.at > before or date.may_come_earlier(row) else before
    # A date that has come due stays as it is, and none comes due by being counted again.
    after = after if min(before, after) > at else before
    _follow(session, row, project, before, after, provisional=due.provisional)
    if after != before:
        _move(session, project, period, row, after, at)
    if not due.provisional:
        session.delete(period)
    session.flush()
    code = project.code if project else _code(session, row)
    if after == before and due.provisional:
        return None
    return Move(code, date.name_of(row), before, after, due.provisional)


def _move(
    session: Session,
    project: Project | None,
    period: WorkingPeriod,
    row: SQLModel,
    after: datetime,
    at: datetime,
) -> None:
    """Move a date that people go by, and tell those concerned."""
    date = DATES[period.date]
    before: datetime = getattr(row, date.column)
    if isinstance(row, Call):
        assert project is not None
        move_closing(session, project, row, after, at, before=before)
        return
    setattr(row, date.column, after)
    code = project.code if project else _code(session, row)
    moved = DateMoved(date=date.key, before=before, after=after)
    event = moved if date.public else DateMovedApart(date=date.key, before=before, after=after)
    record(session, event, about=code, by="flow", at=at)
    tell(
        session,
        moved,
        about=code,
        at=at,
        to=[audience(stored) for stored in period.audiences],
        once=f"date:{period.row}:{date.key}:{after.isoformat()}",
    )


def _code(session: Session, row: SQLModel) -> str:
    """Return the code of a row outside projects: of a month's list, or of a gate's process."""
    if isinstance(row, Gate):
        return process_of(session, row.process_id).code
    return str(getattr(row, "code", ""))


def _follow(
    session: Session,
    row: SQLModel,
    project: Project | None,
    before: datetime,
    after: datetime,
    *,
    provisional: bool,
) -> None:
    """Let the open gates that wait for a date go with it."""
    if isinstance(row, Gate):
        row.due_provisional = provisional
        return
    process = project.id if project else row.id  # type: ignore[attr-defined]
    query = select(Gate).where(
        Gate.process_id == process, col(Gate.outcome).is_(None), Gate.due_at == before
    )
    for gate in session.exec(query.with_for_update()).all():
        gate.due_at, gate.due_provisional = after, provisional
