"""What a spreadsheet would run as a formula, and what XML can't hold, made harmless."""

import re
from typing import Final

_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def printable(text: str) -> str:
    """Return ``text`` without the control characters that no XML document can hold."""
    return _UNPRINTABLE.sub("", text)


def neutral(text: str) -> str:
    """Return ``text`` so that no spreadsheet takes it for a formula; what is none stays as it is."""
    return f"'{text}" if text.startswith(_STARTS) else text
