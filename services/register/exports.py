"""A register as a file for a spreadsheet, for programs, and for a calendar."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from icalendar import Calendar, Event
from sqlmodel import Session, col, select

from domain.canonical import plain
from domain.errors import BadInput, NotFound
from domain.text import Lang, Text
from models import RegisterVersion
from services.identity.actors import Actor
from services.register.columns import HIDDEN, Column
from services.register.declaration import Register
from services.register.entries import (
    ENDED,
    SINCE,
    EntryFilter,
    EntryLine,
    list_entries,
)
from services.tables.write import Table, written

MOST: Final = 20_000
_AT_ONCE: Final = 1_000
FORMS: Final = ("xlsx", "csv", "json")


def export_entries(
    session: Session,
    register: Register[Any],
    form: str,
    *,
    actor: Actor | None,
    asked: EntryFilter,
    lang: Lang,
) -> tuple[bytes, str]:
    """Return the entries that a filter finds, in the form asked for, and the media type.

    ``form`` is ``xlsx``, ``csv``, ``json`` or ``ics``. An import reads the same entries back.
    Raises NotFound for another form, BadInput for too many entries, and as ``list_entries``.
    """
    if form not in forms_of(register):
        raise NotFound(what=Text("格式", "format"), key=form)
    columns, lines = _all(session, register, actor, asked)
    if form == "ics":
        return _calendar(session, register, lines, lang), "text/calendar; charset=utf-8"
    if form == "json":
        items = [line.values() for line in lines]
        text = json.dumps({"items": items}, default=plain, ensure_ascii=False)
        return text.encode(), "application/json"
    heads = (*(column.label for column in columns), SINCE, ENDED)
    rows = [(*_cells(columns, line, lang), line.since, line.ended_on) for line in lines]
    return written(Table(register.code, tuple(head.say(lang) for head in heads), rows), form)


def forms_of(register: Register[Any]) -> tuple[str, ...]:
    """Return the forms in which a register is exported."""
    if register.is_closed:
        return ()
    return (*FORMS, "ics") if register.dates else FORMS


def _all(
    session: Session, register: Register[Any], actor: Actor | None, asked: EntryFilter
) -> tuple[tuple[Column, ...], list[EntryLine]]:
    """Return the entries of every page."""
    lines: list[EntryLine] = []
    after = ""
    while True:
        page = list_entries(session, register, actor=actor, asked=asked, after=after, size=_AT_ONCE)
        lines += page.lines
        if len(lines) > MOST:
            raise BadInput(
                zh=f"超过 {MOST} 条，请先筛选；全部数据见分析快照。",
                en=f"More than {MOST} entries: filter first, or take the analytics snapshot.",
            )
        if page.next is None:
            return page.columns, lines
        after = page.next


def _cells(columns: tuple[Column, ...], line: EntryLine, lang: Lang) -> Iterator[Any]:
    for column in columns:
        cell = line.cell(column)
        if cell is None:
            yield getattr(HIDDEN, lang)
        else:
            yield None if cell.value is None else column.cell(cell.value, lang)


def _calendar(
    session: Session, register: Register[Any], lines: list[EntryLine], lang: Lang
) -> bytes:
    """Return the entries as events of whole days; one that was changed replaces what it was."""
    assert register.dates
    by_attribute = {column.stored: column for column in register.columns}
    day = by_attribute[register.dates.day.key]
    title = by_attribute[register.dates.title.key]
    stamps = _recorded(session, lines)
    calendar = Calendar()
    calendar.add("prodid", f"-//Jiebang//{register.code}//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", register.title.say(lang))
    for line in lines:
        on, named = line.cell(day), line.cell(title)
        if on is None or named is None or on.value is None:
            continue
        event = Event()
        event.add("uid", f"{line.id}@{register.code}.jiebang")
        event.add("dtstamp", stamps[line.id])
        event.add("sequence", line.version - 1)
        event.add("dtstart", on.value)
        event.add("dtend", on.value + timedelta(days=1))
        event.add("summary", str(title.cell(named.value, lang)))
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _recorded(session: Session, lines: list[EntryLine]) -> Mapping[Any, datetime]:
    """Return when each entry was recorded as it stands."""
    versions = {line.id: line.version for line in lines}
    rows = session.exec(
        select(
            RegisterVersion.entry_id, RegisterVersion.version, RegisterVersion.recorded_at
        ).where(col(RegisterVersion.entry_id).in_(versions))
    ).all()
    return {entry: at for entry, version, at in rows if versions[entry] == version}
