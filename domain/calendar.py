"""Working days of the People's Republic, from published data.

Days beyond the published years count as plain weekdays, and the result says so.
"""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")
_SATURDAY = 5
HOLIDAY_NAMES: Final = {
    "元旦": "New Year's Day",
    "春节": "Spring Festival",
    "清明节": "Tomb-sweeping Day",
    "劳动节": "Labour Day",
    "端午节": "Dragon Boat Festival",
    "中秋节": "Mid-autumn Festival",
    "国庆节": "National Day",
}


class Deadline(NamedTuple):
    """A due time, and whether it counts days whose holidays are not yet published."""

    at: datetime
    provisional: bool


@dataclass(frozen=True)
class WorkCalendar:
    """Holidays that fall on weekdays, weekend days that are worked, and the published years."""

    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    years: frozenset[int] = field(default=frozenset())

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[date, str]], years: Iterable[int]) -> "WorkCalendar":
        """Build the calendar from ``(date, "holiday" | "workday")`` rows and the published years."""
        kinds = dict(rows)
        return cls(
            holidays=frozenset(day for day, kind in kinds.items() if kind == "holiday"),
            workdays=frozenset(day for day, kind in kinds.items() if kind == "workday"),
            years=frozenset(years),
        )

    def is_working(self, day: date) -> bool:
        """Tell whether ``day`` is worked."""
        if day in self.workdays:
            return True
        return day.weekday() < _SATURDAY and day not in self.holidays

    def add_working_days(self, start: datetime, days: int) -> Deadline:
        """Return the end of the ``days``-th working day after ``start``, Beijing time.

        The day of ``start`` does not count, as usual in administrative periods. The due time
        is midnight at the end of the last day, so the whole of it is still in time.
        """
        day = start.astimezone(BEIJING).date()
        provisional = False
        left = days
        while left > 0:
            day += timedelta(days=1)
            provisional = provisional or day.year not in self.years
            left -= self.is_working(day)
        return Deadline(end_of_day(day), provisional)


def end_of_day(day: date) -> datetime:
    """Return the moment at which a day is over in Beijing."""
    return datetime.combine(day + timedelta(days=1), time(), BEIJING)


def add_months(day: date, months: int) -> date:
    """Return the same day ``months`` later, or the last day of a month that is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
