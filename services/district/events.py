"""What happens to rounds and ties."""

from typing import Final

from domain.district.ties import TieKind
from services.events.event import Event, Facts


class RoundBegun(Event):
    """A round was begun with a version of its settings."""

    tag = "round.begun"
    version: int


class SettingsChanged(Event):
    """A round's settings were changed at these paths."""

    tag = "round.settings"
    version: int
    paths: list[str]


class _Tied(Event):
    """A person's tie to an organisation or an alliance; empty where it is to the other.

    Releases before 0.2 wrote these; ties are a register now, whose own events tell of them.
    """

    kind: TieKind
    organisation: str
    alliance: str


class TieAdded(_Tied):
    """A tie was recorded."""

    tag = "tie.added"


class TieEnded(_Tied):
    """A tie is over."""

    tag = "tie.ended"


EVENTS: Final[tuple[type[Facts], ...]] = (RoundBegun, SettingsChanged, TieAdded, TieEnded)
