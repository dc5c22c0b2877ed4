"""Lists of which people see a page at a time, with how to ask for the next."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy.sql.selectable import GenerativeSelect
from sqlmodel import Session

from domain.errors import BadInput

PAGE: Final = 200

Line = TypeVar("Line")
Row = TypeVar("Row")


class Listed(tuple[Line, ...]):
    """A page of a list; ``next`` asks for the page that follows, and is None on the last."""

    next: str | None

    def __new__(cls, lines: Iterable[Line], next: str | None) -> "Listed[Line]":
        """Keep ``lines`` and how to go on."""
        self = super().__new__(cls, tuple(lines))
        self.next = next
        return self

    def each(self, make: Callable[[Line], Row]) -> "Listed[Row]":
        """Return this page of what ``make`` says of each line."""
        return Listed((make(line) for line in self), self.next)


def list_page(session: Session, query: GenerativeSelect, *, after: str = "") -> Listed[Any]:
    """Return a page of the rows of an ordered query; ``after`` is ``next`` of the page before.

    Raises BadInput when ``after`` is no such cursor.
    """
    begin = _place(after)
    rows = session.exec(query.offset(begin).limit(PAGE + 1)).all()  # type: ignore[call-overload]
    return _cut(rows, begin)


def cut_page(lines: Sequence[Line], *, after: str = "") -> Listed[Line]:
    """Return a page of lines that had to be put in order here; as ``list_page``."""
    begin = _place(after)
    return _cut(lines[begin : begin + PAGE + 1], begin)


def _cut(rows: Sequence[Row], begin: int) -> Listed[Row]:
    return Listed(rows[:PAGE], str(begin + PAGE) if len(rows) > PAGE else None)


def _place(after: str) -> int:
    if not after:
        return 0
    if not (after.isascii() and after.isdecimal() and len(after) < 8):
        raise BadInput(
            zh="无法识别从哪里继续，请回到列表的第一页。",
            en="Where to go on is not understood; go back to the first page of the list.",
        )
    return int(after)
