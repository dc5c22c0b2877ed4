"""How somebody stands to the work at an open gate."""

from enum import StrEnum


class Standing(StrEnum):
    """How somebody stands to a duty: open, nothing to do yet, done, or barred with a reason."""

    OPEN = "open"
    LATER = "later"
    DONE = "done"
    BARRED = "barred"
