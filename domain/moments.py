"""Moments as people read them: in Beijing time, in their language, by one way of writing.

A deadline at the end of a day is stored as the beginning of the next, so that the whole day is
still in time; people read the day that is over then, 24:00 or end of day.
"""

from datetime import date, datetime, time, timedelta
from typing import Final

from domain.calendar import BEIJING
from domain.text import Text

_MONTHS: Final = [
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
]
_DEADLINES: Final = ("due_at", "closes_at", "_until", "deadline", "appeal_due_at")


def day(value: date | datetime) -> Text:
    """Return a day, of a moment the one in Beijing."""
    moment = value.astimezone(BEIJING).date() if isinstance(value, datetime) else value
    return Text(
        f"{moment.year}年{moment.month}月{moment.day}日",
        f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}",
    )


def when(value: datetime, *, seconds: bool = False) -> Text:
    """Return a moment, to the minute or to the second."""
    clock = f"{value.astimezone(BEIJING):{'%H:%M:%S' if seconds else '%H:%M'}}"
    that_day = day(value)
    return Text(f"{that_day.zh} {clock}", f"{that_day.en} {clock}")


def time_of_day(value: datetime) -> str:
    """Return the time of a moment that is of today: ``14:05``, Beijing time."""
    return f"{value.astimezone(BEIJING):%H:%M}"


def last_day(until: datetime) -> date:
    """Return the last day on which something that ends at ``until`` is still in time."""
    return (until - timedelta(microseconds=1)).astimezone(BEIJING).date()


def until(value: datetime) -> Text:
    """Return a deadline: the end of a day as that day's, any other as its moment."""
    if value.astimezone(BEIJING).time() != time():
        return when(value)
    that_day = day(last_day(value))
    return Text(f"{that_day.zh} 24:00", f"{that_day.en}, end of day")


def stamp(value: datetime) -> str:
    """Return a moment as tables hold it: ``2026-12-11 15:30``, Beijing time."""
    return f"{value.astimezone(BEIJING):%Y-%m-%d %H:%M}"


def stamp_until(value: datetime) -> str:
    """Return a deadline as tables hold it: at the end of a day ``2026-12-11 24:00``."""
    if value.astimezone(BEIJING).time() != time():
        return stamp(value)
    return f"{last_day(value):%Y-%m-%d} 24:00"


def is_deadline(name: str) -> bool:
    """Tell whether a field of this name holds a deadline."""
    return name.endswith(_DEADLINES)


def on(name: str, value: datetime) -> date:
    """Return the day in Beijing of a field: of a deadline the last one that is in time."""
    return last_day(value) if is_deadline(name) else value.astimezone(BEIJING).date()
