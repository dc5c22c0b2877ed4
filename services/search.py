"""How readers search: words of a title, or a code typed whole."""

from typing import Any

from sqlalchemy import ColumnElement

LONGEST = 60


def by_title_or_code(title: Any, code: Any, text: str) -> list[ColumnElement[bool]]:
    """Return the conditions that ``text`` asks of the columns ``title`` and ``code``."""
    words = text.strip()[:LONGEST]
    return [title.icontains(words, autoescape=True) | (code == words.upper())] if words else []
