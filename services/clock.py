"""The one clock at the edge: the database's, plus an offset that only a demo may hold."""

from datetime import datetime
from typing import Final, cast

from sqlalchemy import text
from sqlmodel import Session, select

from domain.calendar import WorkCalendar
from domain.errors import BadInput
from models import CalendarDay, CalendarYear, Platform

_NOW: Final = (
    "SELECT clock_timestamp() + make_interval(secs => coalesce("
    "(SELECT clock_offset FROM platform WHERE id = 1), 0))"
)


def now(session: Session) -> datetime:
    """Return the platform's time: the database's clock plus the demo offset, if any."""
    return cast(datetime, session.execute(text(_NOW)).scalar_one())


def present(session: Session) -> tuple[datetime, str]:
    """Return the platform's time and what names the state of the database at it.

    Once anything is committed anywhere in the database's cluster, the state has another name.
    """
    at, state = session.execute(text(f"{_NOW}, pg_current_snapshot()::text")).one()
    return at, state


def real_now(session: Session) -> datetime:
    """Return the database's own clock, which leases and approval codes go by."""
    return cast(datetime, session.execute(text("SELECT clock_timestamp()")).scalar_one())


def is_demo(session: Session) -> bool:
    """Tell whether this database was created as a demo."""
    platform = session.get(Platform, 1)
    return bool(platform and platform.demo)


def move_demo_clock(session: Session, *, to: datetime) -> None:
    """Move the clock of a demo forward to ``to``; refuse on any other database or backwards."""
    platform = session.get(Platform, 1, with_for_update=True)
    if not platform or not platform.demo:
        raise BadInput(
            zh="只有演示库可以调整时钟。",
            en="Only a database created as a demo may move its clock.",
        )
    ahead = (to - now(session)).total_seconds()
    if ahead > 0:
        platform.clock_offset += int(ahead) + 1
        session.flush()


def work_calendar(session: Session) -> WorkCalendar:
    """Return the working-day calendar kept in the database."""
    days = session.exec(select(CalendarDay)).all()
    years = session.exec(select(CalendarYear.year)).all()
    return WorkCalendar.from_rows(((row.day, row.kind) for row in days), years)
