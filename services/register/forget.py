"""Erase a person from every register."""

from typing import Any

from sqlalchemy import String, cast, delete
from sqlmodel import Session, col, select

from models import Person, RegisterImport
from models.register import RegisterRow
from services.register.catalogue import registers
from services.register.columns import Column, Reference
from services.register.declaration import Register
from services.register.entries import today
from services.register.keep import write_entry


def forget_person(session: Session, person: Person, by: str, gone: str) -> None:
    """End every entry that names a person, and take the personal texts out of it.

    Versions hold ids and no personal text, so that none has to change. Files that name the person
    and wait to be imported are removed.
    """
    for register in registers():
        for column in _naming_people(register):
            for entry in session.exec(
                select(register.table).where(column.of == person.id).with_for_update()
            ):
                _forget(session, register, entry, by=by, gone=gone)
    told = cast(col(RegisterImport.rows), String).contains(f'"{person.login}"', autoescape=True)
    session.execute(delete(RegisterImport).where(told))


def _naming_people(register: Register[Any]) -> list[Column]:
    return [
        column
        for column in register.columns
        if isinstance(column, Reference) and column.to.table is Person
    ]


def _forget(
    session: Session, register: Register[Any], entry: RegisterRow, *, by: str, gone: str
) -> None:
    for column in register.columns:
        if not column.keeps_text and getattr(entry, column.stored) not in (None, ""):
            setattr(entry, column.stored, gone if column.required else column.empty)
    day = today(session)
    if entry.ended_on is None or entry.ended_on > day:
        entry.ended_on = max(day, entry.since)
    write_entry(session, register, entry, None, by=by, checked=False)
