"""What happens to needs before they are in a project."""

from typing import Final

from services.events.event import Event, Facts


class NeedReported(Event):
    """A resident reported a need."""

    tag = "need.reported"


class NeedSupported(Event):
    """A resident supported a need."""

    tag = "need.supported"


class NeedsImported(Event):
    """A file of needs was imported; about the beginning of its SHA-256, with numbers of rows."""

    tag = "needs.imported"
    rows: int
    imported: int
    known: int
    changed: int
    merged: int
    quarantined: int


class RowMended(Event):
    """A quarantined row of an import was mended."""

    tag = "needs.mended"
    row: int


class NeedsPlaced(Event):
    """Needs were given their places from a file; ``assigned`` counts them."""

    tag = "needs.placed"
    assigned: int


EVENTS: Final[tuple[type[Facts], ...]] = (
    NeedReported,
    NeedSupported,
    NeedsImported,
    RowMended,
    NeedsPlaced,
)
