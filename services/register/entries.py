"""Read a register: the list, an entry, how it was recorded, and how it stood on a day."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, or_, tuple_
from sqlalchemy import select as sa_select
from sqlalchemy.sql.selectable import Select
from sqlmodel import Session, col, select

from domain.calendar import BEIJING, end_of_day
from domain.errors import BadInput, NotFound
from domain.text import Text
from models import Person, RegisterVersion
from services.clock import now
from services.events.record import record
from services.identity.actors import Actor
from services.register.columns import Column, Named, Reference
from services.register.declaration import Register
from services.register.events import RegisterSeen
from services.register.sight import Sight, sight_of

PAGE: Final = 50
MOST_COUNTED: Final = 1_000
Names = Mapping[str, Mapping[Any, Named]]


class EntryStanding(StrEnum):
    """Which entries one asks for: those that count on a day, those that are over then, or all."""

    COUNTS = "counts"
    OVER = "over"
    ALL = "all"


class EntryFilter(NamedTuple):
    """What a reader asks of a register; ``chosen`` has a choice for the names of columns.

    ``on`` is the day in question, today where none is given.
    """

    text: str = ""
    chosen: Mapping[str, str] = MappingProxyType({})
    standing: EntryStanding = EntryStanding.COUNTS
    on: date | None = None


class Cell(NamedTuple):
    """A value as programs and files read it; ``name`` is that of what a reference points to."""

    column: Column
    value: Any
    name: str


class EntryLine(NamedTuple):
    """An entry with the cells that a reader may see.

    ``by_office`` is whether they read it by office, ``may_keep`` whether they may change it.
    """

    id: UUID
    version: int
    since: date
    ended_on: date | None
    cells: tuple[Cell, ...]
    by_office: bool
    may_keep: bool

    def values(self) -> dict[str, Any]:
        """Return what programs are given."""
        return {
            "id": self.id,
            "version": self.version,
            "since": self.since,
            "ended_on": self.ended_on,
            **{cell.column.name: cell.value for cell in self.cells},
            "names": {cell.column.name: cell.name for cell in self.cells if cell.name},
        }

    def cell(self, column: Column) -> Cell | None:
        """Return the cell of a column, None where one may not see it."""
        return next((cell for cell in self.cells if cell.column is column), None)


class EntriesPage(NamedTuple):
    """A page of a register; ``total`` is at most ``MOST_COUNTED`` + 1."""

    columns: tuple[Column, ...]
    lines: tuple[EntryLine, ...]
    next: str | None
    total: int
    is_keeper: bool


class EntryChange(NamedTuple):
    """What a version changed; the cells are None of a text that no version keeps."""

    name: str
    label: Text
    before: Cell | date | None
    after: Cell | date | None
    is_kept: bool = True


class EntryVersion(NamedTuple):
    """How an entry was recorded, and when; the first version has no changes.

    By whom is known to those alone who read the entry by office.
    """

    number: int
    recorded_at: datetime
    by: str | None
    line: EntryLine
    changes: tuple[EntryChange, ...]


def today(session: Session) -> date:
    """Return today in Beijing, by the platform's clock."""
    return now(session).astimezone(BEIJING).date()


def counts_on(table: Any, day: date) -> ColumnElement[bool]:
    """Return the condition that an entry counts on a day."""
    ended_on = col(table.ended_on)
    return (col(table.since) <= day) & (ended_on.is_(None) | (ended_on > day))


def list_entries(
    session: Session,
    register: Register[Any],
    *,
    actor: Actor | None,
    asked: EntryFilter = EntryFilter(),  # noqa: B008  (it never changes)
    after: str = "",
    size: int = PAGE,
) -> EntriesPage:
    """Return a page of what somebody sees; ``after`` is ``next`` of the page before.

    Raises SignInNeeded, NotPermitted, or BadInput for an unknown choice or cursor.
    """
    sight = sight_of(session, register, actor)
    query = _selected(session, sight, asked)
    count = session.scalar(_counted(query)) if not after else 0
    rows = session.execute(_from(session, register, query, after).limit(size + 1)).all()
    shown = rows[:size]
    next_ = str(shown[-1][0].id) if len(rows) > size else None
    _look(session, register, actor, register.code, len(shown))
    columns = sight.columns(inside=sight.by_office)
    lines = _lines(session, sight, shown)
    return EntriesPage(columns, tuple(lines), next_, count or 0, sight.is_keeper)


def read_entry(
    session: Session, register: Register[Any], *, actor: Actor | None, entry_id: UUID
) -> EntryLine:
    """Return an entry as it stands; raise SignInNeeded, NotPermitted or NotFound."""
    sight = sight_of(session, register, actor)
    query = _seen_by(sight)
    row = session.execute(query.where(register.table.id == entry_id)).first()
    if row is None:
        raise NotFound(what=register.title, key=str(entry_id)[:8])
    _look(session, register, actor, f"{register.code}/{entry_id}", 1)
    return next(iter(_lines(session, sight, [row])))


def read_history(session: Session, line: EntryLine) -> tuple[EntryVersion, ...]:
    """Return how an entry that somebody reads was recorded, the newest version first.

    What changed nothing that they may see is left out.
    """
    rows = session.exec(
        select(RegisterVersion, Person.name)
        .join(Person, col(Person.id) == RegisterVersion.recorded_by, isouter=True)
        .where(RegisterVersion.entry_id == line.id)
        .order_by(col(RegisterVersion.version))
    ).all()
    columns = [cell.column for cell in line.cells]
    names = _names(
        session,
        columns,
        [(column, _kept(column, version)) for version, _ in rows for column in columns],
    )
    lines = [_as_kept(version, columns, names) for version, _ in rows]
    versions = [
        EntryVersion(
            version.version,
            version.recorded_at,
            name if line.by_office else None,
            after,
            _changes(version, before, after, columns),
        )
        for (version, name), before, after in zip(rows, [None, *lines[:-1]], lines, strict=True)
    ]
    return tuple(
        version for version in reversed(versions) if version.number == 1 or version.changes
    )


def as_of(versions: Sequence[EntryVersion], day: date) -> EntryVersion | None:
    """Return the version that stood at the end of a day, None where there was none yet."""
    end = end_of_day(day)
    return next((version for version in versions if version.recorded_at < end), None)


def _look(
    session: Session, register: Register[Any], actor: Actor | None, about: str, count: int
) -> None:
    """Record a look at a closed register, in the transaction that reads it."""
    if register.is_closed and actor:
        record(session, RegisterSeen(entries=count), about=about, by=actor.login, at=now(session))


def _seen_by(sight: Sight) -> Select[Any]:
    """Return the query of entries, each with whether it is read by office and may be changed."""
    inside, keeps = sight.inside.label("inside"), sight.keeps.label("keeps")
    return sa_select(sight.register.table, inside, keeps).where(sight.where)


def _selected(session: Session, sight: Sight, asked: EntryFilter) -> Select[Any]:
    register = sight.register
    query = _seen_by(sight)
    day = asked.on or today(session)
    if asked.standing is EntryStanding.COUNTS:
        query = query.where(counts_on(register.table, day))
    elif asked.standing is EntryStanding.OVER:
        query = query.where(col(register.table.ended_on) <= day)
    for column in register.filters:
        if choice := asked.chosen.get(column.name, ""):
            query = query.where(sight.where_seen(column, column.of == _chosen(column, choice)))
    if (text := asked.text.strip()) and register.searched:
        matches = (
            sight.where_seen(column, column.matching(session, text)) for column in register.searched
        )
        query = query.where(or_(false(), *matches))
    return query


def _chosen(column: Column, choice: str) -> Any:
    if choice not in column.options:
        raise BadInput(
            zh=f"“{column.label.zh}”没有“{choice[:40]}”这一项。",
            en=f"{column.label.en} has no choice {choice[:40]!r}.",
        )
    return choice == "true" if column.kind == "flag" else choice


def _counted(query: Select[Any]) -> Any:
    """Return the query that counts, no further than people need to know."""
    few = query.with_only_columns(func.now()).limit(MOST_COUNTED + 1).subquery()
    return sa_select(func.count()).select_from(few)


def _from(session: Session, register: Register[Any], query: Select[Any], after: str) -> Select[Any]:
    """Return the query in its order, from the entry that follows ``after``.

    The cursor is an id and tells nothing of the entry, as addresses are logged.
    """
    table = register.table
    by = register.order
    place = tuple_(by if by is not None else col(table.since), col(table.id))
    if after:
        anchor = _anchor(session, register, after)
        at = tuple_(anchor.since if by is None else getattr(anchor, by.key), anchor.id)
        query = query.where(place < at if by is None else place > at)
    if by is None:
        return query.order_by(col(table.since).desc(), col(table.id).desc())
    return query.order_by(by, col(table.id))


def _anchor(session: Session, register: Register[Any], after: str) -> Any:
    try:
        anchor = session.get(register.table, UUID(after))
    except ValueError:
        anchor = None
    if anchor is None:
        raise BadInput(
            zh="无法识别从哪里继续，请回到列表的第一页。",
            en="Where to go on is not understood; go back to the first page of the list.",
        )
    return anchor


def _lines(session: Session, sight: Sight, rows: Sequence[Any]) -> list[EntryLine]:
    """Return entries with the cells that may be seen, the names of references read at once."""
    wanted = [
        (column, getattr(row, column.stored))
        for row, inside, _ in rows
        for column in sight.columns(inside=inside)
    ]
    names = _names(session, sight.register.columns, wanted)
    return [
        EntryLine(
            row.id,
            row.version,
            row.since,
            row.ended_on,
            tuple(
                _cell(column, getattr(row, column.stored), names)
                for column in sight.columns(inside=inside)
            ),
            inside,
            keeps,
        )
        for row, inside, keeps in rows
    ]


def _names(
    session: Session, columns: Iterable[Column], values: Sequence[tuple[Column, Any]]
) -> Names:
    names: dict[str, Mapping[Any, Named]] = {}
    for column in columns:
        ids = {value for of, value in values if of is column and value is not None}
        if isinstance(column, Reference) and ids:
            names[column.name] = column.to.names_of(session, ids)
    return names


def _cell(column: Column, stored: Any, names: Names) -> Cell:
    known = names.get(column.name, {})
    name = known[stored].name if stored in known else ""
    return Cell(column, column.written(stored, known), name)


def _kept(column: Column, version: RegisterVersion) -> Any:
    kept = version.facts.get(column.name)
    return None if kept is None else column.kept(kept)


def _as_kept(version: RegisterVersion, columns: Sequence[Column], names: Names) -> EntryLine:
    """Return an entry as a version keeps it, without personal texts."""
    cells = tuple(
        _cell(column, _kept(column, version), names) for column in columns if column.keeps_text
    )
    days = (version.since, version.ended_on)
    return EntryLine(
        version.entry_id, version.version, *days, cells, by_office=False, may_keep=False
    )


SINCE: Final = Text("起始日期", "Since")
ENDED: Final = Text("结束日期", "Ended on")


def _changes(
    version: RegisterVersion, before: EntryLine | None, after: EntryLine, columns: Sequence[Column]
) -> tuple[EntryChange, ...]:
    if before is None:
        return ()
    changes = [
        EntryChange(name, label, getattr(before, name), getattr(after, name))
        for name, label in (("since", SINCE), ("ended_on", ENDED))
        if name in version.changed
    ]
    return (
        *changes,
        *(
            EntryChange(
                column.name,
                column.label,
                before.cell(column),
                after.cell(column),
                column.keeps_text,
            )
            for column in columns
            if column.name in version.changed
        ),
    )
