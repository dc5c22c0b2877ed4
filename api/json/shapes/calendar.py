"""Shapes of the working calendar."""

from pydantic import Field

from services.calendar.days import CalendarDayCreate
from services.calendar_years import YearPublish


class CalendarYearUpdate(YearPublish):
    """A year's list; with ``preview`` nothing is changed, and the answer says what would be."""

    days: list[CalendarDayCreate] = Field(max_length=200)
    preview: bool = False
