"""Shapes of the working calendar."""

from datetime import date
from typing import Literal

from pydantic import Field

from api.json.shapes.base import RequestModel


class CalendarDayUpdate(RequestModel):
    """What a day is, and why."""

    kind: Literal["holiday", "workday"]
    reason: str = Field(min_length=2, max_length=60, examples=["春节"])


class ListedDayUpdate(CalendarDayUpdate):
    """A day of a year's list, and what it is."""

    day: date


class CalendarYearUpdate(RequestModel):
    """A year's list; with ``preview`` nothing is changed, and the answer says what would be."""

    source: str = Field(
        min_length=2, max_length=120, examples=["国务院办公厅关于2027年部分节假日安排的通知"]
    )
    days: list[ListedDayUpdate] = Field(max_length=200)
    preview: bool = False
