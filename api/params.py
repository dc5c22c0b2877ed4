"""What stands in an address's query, as forms send it: empty means nothing was asked."""

from datetime import date
from enum import StrEnum
from typing import TypeVar

from domain.errors import BadInput

E = TypeVar("E", bound=StrEnum)


def chosen(kind: type[E], text: str) -> E | None:
    """Return the member that ``text`` names, None for an empty one; raise BadInput."""
    if not text:
        return None
    try:
        return kind(text)
    except ValueError:
        names = "、".join(kind)
        raise BadInput(
            zh=f"没有“{text[:40]}”这个选项，可用：{names}。",
            en=f"There is no choice {text[:40]!r}; use one of {names}.",
        ) from None


def day(text: str) -> date | None:
    """Return the day that ``text`` names, None for an empty one; raise BadInput."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(
            zh=f"日期“{text[:20]}”无法识别，请写成 2026-03-05。",
            en=f"The date {text[:20]!r} is not understood; write it as 2026-03-05.",
        ) from None
