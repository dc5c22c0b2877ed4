"""State tables: each move is one row, and any other is an error that names the allowed ones."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from domain.errors import TransitionNotAllowed
from domain.text import Text

S = TypeVar("S", bound=StrEnum)
A = TypeVar("A", bound=StrEnum)


def allowed(table: Mapping[tuple[S, A], S], state: S) -> tuple[A, ...]:
    """Return the actions that ``table`` holds for ``state``, in the table's order."""
    return tuple(action for source, action in table if source is state)


def advance(table: Mapping[tuple[S, A], S], state: S, action: A, names: Mapping[S, Text]) -> S:
    """Return the next state; raise TransitionNotAllowed, which has the actions allowed here."""
    try:
        return table[state, action]
    except KeyError:
        raise TransitionNotAllowed(
            status=names[state], action=action, allowed=allowed(table, state)
        ) from None
