"""What happens to the calendar of working days."""

from typing import Final, Literal

from services.events.event import Event, Facts


class DaySet(Event):
    """A day was set as a holiday or a working day."""

    tag = "calendar.set"
    kind: Literal["holiday", "workday"]


class DayRemoved(Event):
    """A day is as usual again."""

    tag = "calendar.removed"


class YearPublished(Event):
    """A year's holidays were published; numbers of days that changed and of dates that moved."""

    tag = "calendar.published"
    changed: int
    moved: int


EVENTS: Final[tuple[type[Facts], ...]] = (DaySet, DayRemoved, YearPublished)
