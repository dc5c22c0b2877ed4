"""The rows of a file: the effect of each on a register, and its errors."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, Final, NamedTuple

from pydantic import ValidationError
from sqlmodel import Session

from domain.cells import typed
from domain.dates import parse_date
from domain.errors import BadInput, FieldsWrong
from domain.text import Text, listed
from models import RegisterImport
from models.register import RegisterRow
from models.sentences import sentence
from services.clock import now
from services.events.record import record
from services.identity.actors import Actor
from services.register.columns import HIDDEN, Reference, unknown
from services.register.declaration import EntryTaken, Register
from services.register.entries import ENDED, SINCE, today
from services.register.events import RegisterSeen
from services.register.keep import OUTSIDE, Ids, check_entry, fill_entry, ids_of, new_entry
from services.register.known import known_by, present_entries
from services.register.sight import require_keeper
from services.tables.read import BYTE
from services.tables.separated import UNREADABLE

_DAYS: Final[Mapping[str, Text]] = {"since": SINCE, "ended_on": ENDED}
_TWICE: Final = Text("与本文件第 {row} 行重复。", "The same as row {row} of this file.")
_REQUIRED: Final = Text("请填写。", "Fill this in.")


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
    """A row and its effect; ``wrong`` has a sentence for each column that is to be mended.

    ``told`` are the columns of which it says something; others stay as they are.
    """

    number: int
    cells: Sequence[str]
    fit: Fit
    sent: EntryTaken | None = None
    told: Collection[str] = ()
    known: RegisterRow | None = None
    wrong: Mapping[str, Text] = {}


def columns_of(register: Register[Any]) -> dict[str, tuple[Text, bool]]:
    """Return what a file may say of an entry: each label, and whether it must."""
    own = {name: (column.label, column.required) for name, column in register.named.items()}
    return own | {name: (label, False) for name, label in _DAYS.items()}


def judge_rows(
    session: Session,
    register: Register[Any],
    received: RegisterImport,
    *,
    actor: Actor,
    lock: bool = False,
) -> list[JudgedRow]:
    """Return the effect of each row, none of it done; of a finished import the rows left."""
    read = [_read(register, received, number, cells) for number, cells in received.rows]
    if received.finished_at:
        return read
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
    day = today(session)
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
                row = _judged(session, register, row, known, ids, day)
        judged.append(row)
    return judged


def count_fits(rows: Sequence[JudgedRow]) -> Mapping[Fit, int]:
    """Return how many rows would do what, in the order of ``Fit``."""
    counts = Counter(row.fit for row in rows)
    return {fit: counts[fit] for fit in Fit}


def _twice(number: int) -> Text:
    return Text(_TWICE.zh.format(row=number), _TWICE.en.format(row=number))


def _read(
    register: Register[Any], received: RegisterImport, number: int, cells: Sequence[str]
) -> JudgedRow:
    """Return a row as the register's model reads it, or its errors."""
    if unread := received.faults.get(str(number)):
        return JudgedRow(number, cells, Fit.WRONG, wrong={"": Text(*unread)})
    values: dict[str, str] = {}
    wrong: dict[str, Text] = {}
    told = _told(register, received.mapping, cells)
    for name, text in told.items():
        try:
            if text:
                values[name] = _parsed(register, name, text)
                wrong |= {name: BYTE} if UNREADABLE in text else {}
            elif name in register.named and register.named[name].required:
                wrong[name] = _REQUIRED
        except BadInput as error:
            wrong[name] = Text(error.say("zh"), error.say("en"))
    # Without what an entry is known by it would be added once more.
    wrong |= {
        column.name: _REQUIRED
        for column in known_by(register)
        if column.name not in told and (column.required or register.known_by)
    }
    try:
        sent = register.told.model_validate(values)
    except ValidationError as error:
        for fault in error.errors():
            name = str(fault["loc"][0])
            wrong.setdefault(name, _choices(register, name) or sentence(fault))
        return JudgedRow(number, cells, Fit.WRONG, wrong=wrong)
    if wrong:
        return JudgedRow(number, cells, Fit.WRONG, wrong=wrong)
    return JudgedRow(number, cells, Fit.NEW, sent, told.keys())


def _told(
    register: Register[Any], mapping: Mapping[str, int], cells: Sequence[str]
) -> dict[str, str]:
    """Return the text of each column of which a row says something.

    A cell hidden from the maker of the file, and an empty one where nothing can be recorded, say
    nothing.
    """
    told = {}
    for name, place in mapping.items():
        text = typed(cells[place].strip()) if place < len(cells) else ""
        column = register.named.get(name)
        is_open = column is None or column.required or column.may_be_empty
        if text not in HIDDEN.both() and (text or is_open):
            told[name] = text
    return told


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
        name: unknown(column, ids[name], text)
        for name, column in register.named.items()
        if isinstance(column, Reference)
        and (text := getattr(row.sent, name))
        and text not in ids[name].ids
    }
    return row._replace(sent=None, fit=Fit.WRONG, wrong=wrong) if wrong else row


def _key(register: Register[Any], sent: EntryTaken, ids: Ids) -> tuple[Any, ...]:
    key = []
    for column in known_by(register):
        value = getattr(sent, column.name)
        key.append(ids[column.name].ids.get(value) if isinstance(column, Reference) else value)
    return tuple(key)


def _judged(
    session: Session,
    register: Register[Any],
    row: JudgedRow,
    known: RegisterRow | None,
    ids: Ids,
    day: date,
) -> JudgedRow:
    """Return a row that can be read with what it would do, or what the register's rules say.

    A new entry counts from ``day`` where the row does not say otherwise.
    """
    assert row.sent is not None
    fit = _fit(register, row, known, ids) if known else Fit.NEW
    if fit is Fit.KNOWN:
        return row._replace(known=known, fit=fit)
    if fit is Fit.NEW and (lacking := _lacking(register, row)):
        return row._replace(sent=None, fit=Fit.WRONG, wrong=lacking)
    candidate = register.table(**known.model_dump()) if known else new_entry(register, day)
    try:
        fill_entry(register, candidate, row.sent, ids, row.told)
        check_entry(session, register, candidate)
    except FieldsWrong as error:
        return row._replace(sent=None, fit=Fit.WRONG, wrong=error.fields)
    return row._replace(known=known, fit=fit)


def _lacking(register: Register[Any], row: JudgedRow) -> Mapping[str, Text]:
    """Return what a new entry would lack: columns that the file has not, or does not show."""
    columns = (column for column in register.columns if column.required)
    return {column.name: _REQUIRED for column in columns if column.name not in row.told}


def _fit(register: Register[Any], row: JudgedRow, known: RegisterRow, ids: Ids) -> Fit:
    """Tell whether a row differs from the entry that it means."""
    for name in row.told:
        column = register.named.get(name)
        value = getattr(row.sent, name)
        if isinstance(column, Reference):
            value = ids[name].ids.get(value)
        if name == "since" and value is None:
            continue
        if value != getattr(known, column.stored if column else name):
            return Fit.CHANGED
    return Fit.KNOWN


def what_is_wrong(register: Register[Any], row: JudgedRow) -> Text:
    """Return the errors of a row: each sentence after the name of its column."""
    columns = columns_of(register)
    named = [
        Text(f"{columns[name][0].zh}：{text.zh}", f"{columns[name][0].en}: {text.en}")
        if name in columns
        else text
        for name, text in row.wrong.items()
    ]
    return Text(" ".join(text.zh for text in named), " ".join(text.en for text in named))
