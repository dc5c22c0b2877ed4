"""Single days of the calendar on which the working week is not as usual."""

from collections.abc import Sequence
from datetime import date
from typing import Final, Literal

from sqlmodel import Field, Session, col, select

from domain.errors import BadInput, NotFound
from domain.text import Text
from models import CalendarDay
from models.shapes import Command
from services.calendar.events import DayRemoved, DaySet
from services.calendar.year_files import ListedDay
from services.clock import now
from services.events.event import Event
from services.events.record import record
from services.identity.actors import Actor, require_administrator

DAY_KINDS: Final = {
    "holiday": Text("放假", "not worked"),
    "workday": Text("上班", "worked"),
}


class CalendarDayUpdate(Command):
    """How a day is worked, and why."""

    kind: Literal["holiday", "workday"]
    reason: str = Field(min_length=2, max_length=60, schema_extra={"examples": ["春节"]})


class CalendarDayCreate(CalendarDayUpdate):
    """A day on which the working week is not as usual."""

    day: date


def list_days(session: Session, *, actor: Actor) -> Sequence[ListedDay]:
    """Return every exception of the working week, the latest first."""
    require_administrator(session, actor)
    rows = session.exec(select(CalendarDay).order_by(col(CalendarDay.day).desc()))
    return [ListedDay(row.day, row.kind, row.reason) for row in rows]


def set_day(session: Session, *, actor: Actor, form: CalendarDayCreate) -> None:
    """Say that a weekday is not worked, or a weekend day is; due dates set before stay.

    Raises BadInput for a day that is so anyway.
    """
    require_administrator(session, actor, proved=True)
    weekend = form.day.weekday() >= 5
    if weekend is (form.kind == "holiday"):
        raise BadInput(
            zh="周末本来就放假，工作日本来就上班，请核对日期。",
            en="Weekends are free and weekdays are worked anyway; look at the date again.",
        )
    session.merge(CalendarDay(**form.model_dump()))
    _record(session, actor, DaySet(kind=form.kind), form.day)


def remove_day(session: Session, *, actor: Actor, day: date) -> None:
    """Let a day be as usual again; raise NotFound."""
    require_administrator(session, actor, proved=True)
    row = session.get(CalendarDay, day, with_for_update=True)
    if row is None:
        raise NotFound(what=Text("日期", "day"), key=day.isoformat())
    session.delete(row)
    _record(session, actor, DayRemoved(), day)


def _record(session: Session, actor: Actor, event: Event, day: date) -> None:
    record(session, event, about=day.isoformat(), by=actor.login, at=now(session))
    session.flush()
