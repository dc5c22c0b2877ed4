"""What happens to registers; about ``code/entry``, or the code alone."""

from typing import Final, Literal

from services.events.event import Event, Facts


class EntryRecorded(Event):
    """An entry was added, changed or ended.

    ``digest`` commits to the version that was recorded, so that none can be changed unseen.
    """

    tag = "register.{what}"
    what: Literal["added", "changed", "ended"]
    version: int
    digest: str


class RegisterSeen(Event):
    """Somebody looked at so many entries of a closed register."""

    tag = "register.seen"
    entries: int


class FileImported(Event):
    """The rows of a file were taken into a register; ``left`` are those that were not."""

    tag = "register.imported"
    added: int
    changed: int
    known: int
    left: int


EVENTS: Final[tuple[type[Facts], ...]] = (EntryRecorded, RegisterSeen, FileImported)
