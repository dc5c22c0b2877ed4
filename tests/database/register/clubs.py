"""Clubs of the toy register, as people keep them."""

import io
from datetime import date
from typing import Any
from uuid import UUID

from openpyxl import load_workbook
from sqlmodel import col, select

from domain.text import Lang
from models import Community
from models.session import unit_of_work
from services.identity.actors import Actor
from services.register.entries import (
    EntryFilter,
    EntryLine,
    list_entries,
    read_entry,
)
from services.register.exports import export_entries
from services.register.keep import (
    EntryEnd,
    add_entry,
    change_entry,
    end_entry,
)
from tests.builders import actor
from tests.toy.registers import CLUBS

ADMINISTRATOR = "administrator-1"


def places() -> tuple[str, str]:
    """Return the codes of two communities of different streets."""
    with unit_of_work() as session:
        rows = session.exec(
            select(Community.street_code, Community.code).order_by(col(Community.code))
        ).all()
    first = rows[0]
    return first[1], next(code for street, code in rows if street != first[0])


def secretary(place: str) -> Actor:
    return actor(f"secretary-{place}-1")


def club(**values: Any) -> dict[str, Any]:
    """Return a club as it is typed."""
    base = {"name": "晨曦棋社", "pastime": "chess", "community": places()[0], "members": "12"}
    return base | values


def add(who: Actor, **values: Any) -> UUID:
    with unit_of_work() as session:
        sent = CLUBS.command.model_validate(club(**values))
        return add_entry(session, CLUBS, actor=who, sent=sent).id


def change(who: Actor, entry_id: UUID, version: int | None = None, **values: Any) -> None:
    with unit_of_work() as session:
        sent = CLUBS.command.model_validate(club(**values))
        change_entry(session, CLUBS, actor=who, entry_id=entry_id, version=version, sent=sent)


def end(who: Actor, entry_id: UUID, on: date | None = None) -> None:
    with unit_of_work() as session:
        end_entry(session, CLUBS, actor=who, entry_id=entry_id, sent=EntryEnd(ended_on=on))


def names(who: Actor | None = None, **asked: Any) -> list[str]:
    """Return the names of the clubs that somebody finds."""
    with unit_of_work() as session:
        page = list_entries(session, CLUBS, actor=who, asked=EntryFilter(**asked))
        return [str(line.values()["name"]) for line in page.lines]


def read(who: Actor | None, entry_id: UUID) -> EntryLine:
    with unit_of_work() as session:
        return read_entry(session, CLUBS, actor=who, entry_id=entry_id)


def exported(form: str, who: Actor | None, lang: Lang = "zh", **asked: Any) -> str:
    """Return an export as text."""
    with unit_of_work() as session:
        body, _ = export_entries(
            session, CLUBS, form, actor=who, asked=EntryFilter(**asked), lang=lang
        )
    if form == "xlsx":
        sheet = load_workbook(io.BytesIO(body)).worksheets[0]
        return "\n".join(",".join(map(str, row)) for row in sheet.iter_rows(values_only=True))
    return body.decode()
