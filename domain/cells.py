"""What a spreadsheet would run as a formula, made harmless."""

from typing import Final

_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def neutral(text: str) -> str:
    """Return ``text`` so that no spreadsheet takes it for a formula; what is none stays as it is."""
    return f"'{text}" if text.startswith(_STARTS) else text
