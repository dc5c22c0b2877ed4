"""What happens to registered organisations and their communities; about an organisation's id."""

from decimal import Decimal
from typing import Final

from services.events.event import Event, Facts


class OrganisationRegistered(Event):
    """An organisation was registered."""

    tag = "organisation.registered"


class OrganisationChanged(Event):
    """How an organisation is registered was changed.

    With a change of grade: what it was, and the score and lists that were its evidence.
    """

    tag = "organisation.changed"
    fields: list[str]
    grade: str = ""
    before: str = ""
    credit: Decimal | None = None
    red: bool = False
    black: bool = False


class DemonstrationNamed(Event):
    """An organisation was named a demonstration."""

    tag = "organisation.demonstration"


class DemonstrationEnded(Event):
    """An organisation is a demonstration no more."""

    tag = "organisation.demonstration-ended"


class CommunityAdded(Event):
    """A community was added; about its code."""

    tag = "community.added"


class CommunityEnded(Event):
    """A community is no place for new needs any more; about its code."""

    tag = "community.ended"


EVENTS: Final[tuple[type[Facts], ...]] = (
    OrganisationRegistered,
    OrganisationChanged,
    DemonstrationNamed,
    DemonstrationEnded,
    CommunityAdded,
    CommunityEnded,
)
