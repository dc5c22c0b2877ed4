"""The entries that the rows of a file may mean."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select as sa_select
from sqlmodel import Session

from models.register import RegisterRow
from services.register.columns import Column
from services.register.declaration import EntryTaken, Register
from services.register.entries import today
from services.register.sight import Sight


def known_by(register: Register[Any]) -> list[Column]:
    """Return the columns by which a row of a file is known again."""
    names = register.known_by or tuple(register.named)
    return [register.named[name] for name in names]


class Present(NamedTuple):
    """The entries that a keeper may see, by their keys; ``kept`` are those that they may change.

    The key of an ended entry also has the day since which it counted.
    """

    known: Mapping[tuple[Any, ...], RegisterRow]
    kept: frozenset[UUID]
    day: date

    def meant(self, key: tuple[Any, ...], sent: EntryTaken) -> RegisterRow | None:
        """Return the entry that a row means, one that is over where the row is."""
        if sent.ended_on and sent.ended_on <= self.day:
            return self.known.get((*key, sent.since)) or self.known.get(key)
        return self.known.get(key)


def present_entries(
    session: Session, sight: Sight, keys: Sequence[tuple[Any, ...]], *, lock: bool
) -> Present:
    """Return the entries that rows may mean; ``lock`` keeps others from changing them."""
    table, columns = sight.register.table, known_by(sight.register)
    day = today(session)
    first, wanted = columns[0].of, {key[0] for key in keys}
    among = first.in_(wanted - {None})
    query = (
        sa_select(table, sight.keeps.label("keeps"))
        .where(sight.where, among | first.is_(None) if None in wanted else among)
        # Under the lock a row is read as it is by then, whatever was read of it before.
        .execution_options(populate_existing=lock)
    )
    known: dict[tuple[Any, ...], RegisterRow] = {}
    kept = set()
    for row, keeps in session.execute(query.with_for_update(of=table) if lock else query):
        key = tuple(getattr(row, column.stored) for column in columns)
        is_over = row.ended_on is not None and row.ended_on <= day
        known[(*key, row.since) if is_over else key] = row
        kept |= {row.id} if keeps else set()
    return Present(known, frozenset(kept), day)
