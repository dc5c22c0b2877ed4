"""Take the rows of a file into a register: mapped, previewed, taken; wrong rows stay to be mended."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import delete
from sqlmodel import Session, col

from domain.cells import typed
from domain.dates import parse_date
from domain.errors import BadInput, FieldsWrong, NotFound, NotPermitted
from domain.text import Lang, Text, listed
from models import RegisterImport
from models.registers import RegisterRow
from models.sentences import sentence
from services.clock import now, real_now
from services.events.record import record
from services.identity.actors import Actor
from services.register.columns import Reference, unknown
from services.register.declaration import EntryTaken, Register
from services.register.entries import ENDED, SINCE
from services.register.events import FileImported, RegisterSeen
from services.register.keep import (
    OUTSIDE,
    Ids,
    check_entry,
    fill_entry,
    ids_of,
    new_entry,
    require_inside,
    write_entry,
)
from services.register.known import known_by, present_entries
from services.register.sight import Sight, require_keeper
from services.tables.read import Columns
from services.tables.uploaded import read_uploaded, require_size
from services.tables.write import Table

MOST_ROWS: Final = 2_000
LARGEST: Final = 4 * 1024 * 1024
_KEPT: Final = timedelta(days=30)
_DAYS: Final[Mapping[str, Text]] = {"since": SINCE, "ended_on": ENDED}
_TWICE: Final = Text("与本文件第 {row} 行重复。", "The same as row {row} of this file.")


class Fit(StrEnum):
    """What a row would do."""

    NEW = "new"
    CHANGED = "changed"
    KNOWN = "known"
    WRONG = "wrong"


FIT_NAMES: Final[Mapping[Fit, Text]] = {
    Fit.NEW: Text("新增", "new"),
    Fit.CHANGED: Text("有变化", "changed"),
    Fit.KNOWN: Text("已有", "known"),
    Fit.WRONG: Text("需修正", "to be mended"),
}


class JudgedRow(NamedTuple):
    """A row and what it would do; ``wrong`` says for each column what is to be mended."""

    number: int
    cells: Sequence[str]
    fit: Fit
    sent: EntryTaken | None = None
    known: RegisterRow | None = None
    wrong: Mapping[str, Text] = {}


def receive_file(
    session: Session, register: Register[Any], *, actor: Actor, name: str, content: bytes
) -> UUID:
    """Keep the rows of a file until they are taken; nothing of the register changes yet.

    Raises BadInput for a file that cannot be read or is too long, and NotPermitted.
    """
    require_keeper(session, register, actor)
    require_size(name, content, LARGEST)
    table = read_uploaded(name, content, Columns(_headers(register), ()))
    if len(table.rows) > MOST_ROWS:
        raise BadInput(
            zh=f"{name} 有 {len(table.rows)} 行，一次至多 {MOST_ROWS} 行，请分成几个文件。",
            en=f"{name} has {len(table.rows)} rows; send {MOST_ROWS} at most, or split it.",
        )
    received = RegisterImport(
        register_code=register.code,
        filename=name,
        sheet=table.sheet,
        heads=list(table.heads),
        rows=[(row.number, list(row.cells)) for row in table.rows],
        mapping=dict(table.where),
        uploaded_by=actor.person_id,
        uploaded_at=real_now(session),
    )
    session.add(received)
    session.flush()
    return received.id


def _headers(register: Register[Any]) -> dict[str, tuple[str, ...]]:
    """Return the headers by which each column is known."""
    labels = {name: column.label for name, column in register.named.items()} | dict(_DAYS)
    return {name: (label.zh, label.en, name) for name, label in labels.items()}


def columns_of(register: Register[Any]) -> dict[str, tuple[Text, bool]]:
    """Return what a file may say of an entry: each label, and whether it must."""
    own = {name: (column.label, column.required) for name, column in register.named.items()}
    return own | {name: (label, False) for name, label in _DAYS.items()}


def read_import(
    session: Session,
    register: Register[Any],
    *,
    actor: Actor,
    import_id: UUID,
    lock: bool = False,
) -> RegisterImport:
    """Return an import of the actor's; raise NotFound for another's, or NotPermitted."""
    require_keeper(session, register, actor)
    received = session.get(RegisterImport, import_id, with_for_update=lock, populate_existing=lock)
    mine = received is not None and received.uploaded_by == actor.person_id
    if received is None or not mine or received.register_code != register.code:
        raise NotFound(what=Text("导入的文件", "imported file"), key=str(import_id)[:8])
    return received


def map_columns(
    session: Session,
    register: Register[Any],
    *,
    actor: Actor,
    import_id: UUID,
    mapping: Mapping[str, int | None],
) -> None:
    """Say which place of a row is which column; raise FieldsWrong for one that is used twice."""
    received = read_import(session, register, actor=actor, import_id=import_id, lock=True)
    chosen = {
        name: place
        for name, place in mapping.items()
        if name in columns_of(register) and place is not None and place < len(received.heads)
    }
    places = list(chosen.values())
    twice = {name for name, place in chosen.items() if places.count(place) > 1}
    if twice:
        text = Text("同一列不能用两次。", "One column of the file cannot serve twice.")
        raise FieldsWrong(dict.fromkeys(twice, text))
    received.mapping = chosen
    session.flush()


def judge_rows(
    session: Session,
    register: Register[Any],
    received: RegisterImport,
    *,
    actor: Actor,
    lock: bool = False,
) -> list[JudgedRow]:
    """Return what each row would do, none of it done; of a finished import what was left."""
    if received.finished_at:
        return [
            JudgedRow(number, cells, Fit.WRONG, wrong={"": Text(*received.faults[str(number)])})
            for number, cells in received.rows
        ]
    read = [_read(register, received.mapping, number, cells) for number, cells in received.rows]
    sent = [row.sent for row in read if row.sent]
    ids = ids_of(session, register, sent)
    resolved = [_resolved(register, row, ids) for row in read]
    keys = {row.number: _key(register, row.sent, ids) for row in resolved if row.sent}
    sight = require_keeper(session, register, actor)
    present = present_entries(session, sight, list(keys.values()), lock=lock)
    if register.is_closed:
        looked = RegisterSeen(entries=len(present.known))
        record(session, looked, about=register.code, by=actor.login, at=now(session))
    seen: dict[tuple[Any, ...], int] = {}
    judged = []
    for row in resolved:
        if row.sent is not None:
            key = keys[row.number]
            known = present.meant(key, row.sent)
            key = (*key, row.sent.since) if known and known.ended_on else key
            first = seen.setdefault(key, row.number)
            if first != row.number:
                row = row._replace(fit=Fit.WRONG, wrong={"": _twice(first)})
            elif known and known.id not in present.kept:
                row = row._replace(sent=None, fit=Fit.WRONG, wrong={"": OUTSIDE})
            else:
                row = _judged(session, register, row, known, ids, received)
        judged.append(row)
    return judged


def count_fits(rows: Sequence[JudgedRow]) -> Mapping[Fit, int]:
    """Return how many rows would do what, in the order of ``Fit``."""
    counts = Counter(row.fit for row in rows)
    return {fit: counts[fit] for fit in Fit}


def _twice(number: int) -> Text:
    return Text(_TWICE.zh.format(row=number), _TWICE.en.format(row=number))


def _read(
    register: Register[Any], mapping: Mapping[str, int], number: int, cells: Sequence[str]
) -> JudgedRow:
    """Return a row as the register's model reads it, or what is wrong with it."""
    values: dict[str, str] = {}
    wrong: dict[str, Text] = {}
    for name, place in mapping.items():
        text = typed(cells[place].strip()) if place < len(cells) else ""
        try:
            if text:
                values[name] = _parsed(register, name, text)
        except BadInput as error:
            wrong[name] = Text(error.say("zh"), error.say("en"))
    try:
        sent = register.command.model_validate(values)
    except ValidationError as error:
        for fault in error.errors():
            name = str(fault["loc"][0])
            wrong.setdefault(name, _choices(register, name) or sentence(fault))
        return JudgedRow(number, cells, Fit.WRONG, wrong=wrong)
    if wrong:
        return JudgedRow(number, cells, Fit.WRONG, wrong=wrong)
    return JudgedRow(number, cells, Fit.NEW, sent)


def _choices(register: Register[Any], name: str) -> Text | None:
    """Return the sentence at a choice that is none of those there are."""
    column = register.named.get(name)
    if column is None or not column.options:
        return None
    names = listed(column.options.values())
    return Text(f"请填写其中一项：{names.zh}。", f"Write one of these: {names.en}.")


def _parsed(register: Register[Any], name: str, text: str) -> str:
    column = register.named.get(name)
    return column.parse(text) if column else parse_date(text).isoformat()


def _resolved(register: Register[Any], row: JudgedRow, ids: Ids) -> JudgedRow:
    if row.sent is None:
        return row
    wrong = {
        name: unknown(column)
        for name, column in register.named.items()
        if isinstance(column, Reference)
        and (text := getattr(row.sent, name))
        and text not in ids[name]
    }
    return row._replace(sent=None, fit=Fit.WRONG, wrong=wrong) if wrong else row


def _key(register: Register[Any], sent: EntryTaken, ids: Ids) -> tuple[Any, ...]:
    key = []
    for column in known_by(register):
        value = getattr(sent, column.name)
        key.append(ids[column.name].get(value) if isinstance(column, Reference) else value)
    return tuple(key)


def _judged(
    session: Session,
    register: Register[Any],
    row: JudgedRow,
    known: RegisterRow | None,
    ids: Ids,
    received: RegisterImport,
) -> JudgedRow:
    """Return a row that can be read with what it would do, or what the register's rules say."""
    assert row.sent is not None
    fit = _fit(register, row.sent, known, ids, received) if known else Fit.NEW
    if fit is Fit.KNOWN:
        return row._replace(known=known, fit=fit)
    candidate = register.table(**known.model_dump()) if known else new_entry(session, register)
    try:
        fill_entry(register, candidate, row.sent, ids, received.mapping)
        check_entry(session, register, candidate)
    except FieldsWrong as error:
        return row._replace(sent=None, fit=Fit.WRONG, wrong=error.fields)
    return row._replace(known=known, fit=fit)


def _fit(
    register: Register[Any],
    sent: EntryTaken,
    known: RegisterRow,
    ids: Ids,
    received: RegisterImport,
) -> Fit:
    """Tell whether a row differs from the entry that it means."""
    for name in received.mapping:
        column = register.named.get(name)
        value = getattr(sent, name)
        if isinstance(column, Reference):
            value = ids[name].get(value)
        if name == "since" and value is None:
            continue
        if value != getattr(known, column.stored if column else name):
            return Fit.CHANGED
    return Fit.KNOWN


def take_rows(
    session: Session, register: Register[Any], *, actor: Actor, import_id: UUID
) -> RegisterImport:
    """Take every good row, once; the others stay with the import, to be mended.

    Raises NotFound, NotPermitted for entries outside one's scope, ProofNeeded, or BadInput where
    it was done before.
    """
    sight = require_keeper(session, register, actor, proved=True)
    received = read_import(session, register, actor=actor, import_id=import_id, lock=True)
    if received.finished_at:
        raise BadInput(zh="这个文件已经导入过。", en="This file was imported already.")
    rows = judge_rows(session, register, received, actor=actor, lock=True)
    ids = ids_of(session, register, [row.sent for row in rows if row.sent])
    left = []
    for row in rows:
        if row.fit is Fit.NEW or row.fit is Fit.CHANGED:
            row = _take(session, sight, row, ids, received, actor)
        received.known += row.fit is Fit.KNOWN
        left += [row] if row.fit is Fit.WRONG else []
    received.rows = [(row.number, list(row.cells)) for row in left]
    received.faults = {str(row.number): _said(row.wrong) for row in left}
    received.finished_at = real_now(session)
    event = FileImported(
        added=received.added, changed=received.changed, known=received.known, left=len(left)
    )
    record(session, event, about=register.code, by=actor.login, at=now(session))
    session.flush()
    return received


def _take(
    session: Session,
    sight: Sight,
    row: JudgedRow,
    ids: Ids,
    received: RegisterImport,
    actor: Actor,
) -> JudgedRow:
    """Record a row; one that the register refuses comes back as wrong."""
    assert row.sent is not None
    register = sight.register
    try:
        with session.begin_nested():
            entry = row.known or new_entry(session, register)
            fill_entry(register, entry, row.sent, ids, received.mapping)
            write_entry(session, register, entry, actor)
            require_inside(session, sight, [entry.id])
    except (BadInput, NotPermitted) as error:
        wrong = {"": Text(error.say("zh"), error.say("en"))}
        return row._replace(fit=Fit.WRONG, wrong=wrong)
    received.added += row.fit is Fit.NEW
    received.changed += row.fit is Fit.CHANGED
    return row


def _said(wrong: Mapping[str, Text]) -> list[str]:
    texts = wrong.values()
    return [" ".join(text.zh for text in texts), " ".join(text.en for text in texts)]


def left_rows(
    session: Session, register: Register[Any], *, actor: Actor, import_id: UUID, lang: Lang
) -> Table:
    """Return the rows that were not taken, each with what is to be mended, as a file to do it in."""
    received = read_import(session, register, actor=actor, import_id=import_id)
    rows = judge_rows(session, register, received, actor=actor)
    heads = (*received.heads, Text("须修正", "to be mended").say(lang))
    width = len(received.heads)
    return Table(
        f"{register.code}-rows",
        heads,
        [
            (
                *_filled(row.cells, width),
                " ".join(getattr(text, lang) for text in row.wrong.values()),
            )
            for row in rows
            if row.fit is Fit.WRONG
        ],
    )


def _filled(cells: Sequence[str], width: int) -> list[str]:
    return [*cells[:width], *[""] * (width - len(cells))]


def forget_imports(session: Session) -> None:
    """Forget files that were sent a month ago."""
    before = real_now(session) - _KEPT
    session.execute(delete(RegisterImport).where(col(RegisterImport.uploaded_at) < before))
