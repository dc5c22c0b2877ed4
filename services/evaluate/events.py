"""What happens while a project is evaluated."""

from typing import Final

from services.events.event import Event, Facts


class AppraisalScored(Event):
    """An expert scored the appraisal."""

    tag = "appraisal.scored"


EVENTS: Final[tuple[type[Facts], ...]] = (AppraisalScored,)
