"""A choice as people type it: one member of an enum, or a sentence that names them all."""

from enum import StrEnum
from typing import TypeVar

from domain.errors import BadInput

E = TypeVar("E", bound=StrEnum)


def chosen(kind: type[E], text: str) -> E | None:
    """Return the member that ``text`` names, None for an empty text; raise BadInput."""
    if not text:
        return None
    try:
        return kind(text)
    except ValueError:
        names = ", ".join(kind)
        raise BadInput(
            zh=f"没有“{text[:40]}”这个选项，可用：{names}。",
            en=f"There is no choice {text[:40]!r}; use one of {names}.",
        ) from None
