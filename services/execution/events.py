"""What happens to runs in Prefect."""

from typing import Final

from services.events.event import Event, Facts


class RunReplaced(Event):
    """A run that was lost was replaced by another generation."""

    tag = "run.replaced"
    generation: int


class PrefectEntered(Event):
    """An operator went through the door to Prefect; about the run's id, or all runs."""

    tag = "prefect.entered"


EVENTS: Final[tuple[type[Facts], ...]] = (RunReplaced, PrefectEntered)
