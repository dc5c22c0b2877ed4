"""Shapes of the working calendar."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from api.json.shapes.base import Given, Taken, TextPublic


class CalendarDayPublic(Given):
    """A day on which the working week is not as usual."""

    day: date
    kind: str
    reason: str


class CalendarDayUpdate(Taken):
    """What a day is, and why."""

    kind: Literal["holiday", "workday"]
    reason: str = Field(min_length=2, max_length=60, examples=["春节"])


class CalendarYearPublic(Given):
    """A year of the calendar; one that is not published has no source."""

    year: int
    source: str | None
    published_at: datetime | None
    days: list[CalendarDayPublic]


class ListedDayUpdate(CalendarDayUpdate):
    """A day of a year's list, and what it is."""

    day: date


class CalendarYearUpdate(Taken):
    """A year's list; with ``preview`` nothing is changed, and the answer says what would be."""

    source: str = Field(
        min_length=2, max_length=120, examples=["国务院办公厅关于2027年部分节假日安排的通知"]
    )
    days: list[ListedDayUpdate] = Field(max_length=200)
    preview: bool = False


class ChangedDayPublic(Given):
    """A day that is otherwise now; null where it is as usual."""

    before: CalendarDayPublic | None
    after: CalendarDayPublic | None


class MovePublic(Given):
    """A date counted anew; ``provisional`` while it counts days of another unpublished year."""

    code: str
    name: TextPublic
    before: datetime
    after: datetime
    provisional: bool


class YearPlanPublic(Given):
    """What publishing a list does: changed days, and dates counted anew."""

    year: int
    source: str | None
    changes: list[ChangedDayPublic]
    same: int
    moves: list[MovePublic]
