"""What a spreadsheet would run as a formula, and what XML can't hold, made harmless."""

import re
from typing import Final

_STARTS: Final = ("=", "+", "-", "@")
_BREAKS: Final = ("\t", "\r", "\n")


_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def printable(text: str) -> str:
    """Return ``text`` without the control characters that no XML document can hold."""
    return _UNPRINTABLE.sub("", text)


_FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def half_width(text: str) -> str:
    """Return ``text`` with full-width letters, digits and signs as ASCII, at the same places."""
    return text.translate(_FULL_WIDTH)


def neutral(text: str) -> str:
    """Return ``text`` so that no spreadsheet takes it for a formula; other texts stay as they are.

    Some read full-width signs as the others, and pass over blanks before them.
    """
    begins = half_width(text).lstrip()
    return f"'{text}" if begins.startswith(_STARTS) or text.startswith(_BREAKS) else text


def typed(text: str) -> str:
    """Return the original text of a cell that ``neutral`` has written."""
    plain = text.removeprefix("'")
    return plain if neutral(plain) == text else text


_UNSEEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """Return ``text`` without characters that show nothing or turn the direction of what follows.

    What then holds neither a letter, a digit nor a sign is empty.
    """
    seen = _UNSEEN.sub("", text).strip()
    return seen if any(not character.isspace() for character in seen) else ""
