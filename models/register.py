"""Registers: what every entry has, how each entry was recorded, and files that are imported."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Column, Identity, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import UUID, at, datetime, json_dict, json_list, key, maybe_at


class RegisterRow(SQLModel):
    """An entry of a register: it counts from ``since`` until the day before ``ended_on``.

    ``version`` is the number of the ``RegisterVersion`` that recorded it as it stands.
    """

    id: UUID = key()
    since: date
    ended_on: date | None = None
    version: int = 0


class RegisterVersion(SQLModel, table=True):
    """How an entry was recorded, until the next version; a trigger refuses to change or remove it.

    ``facts`` holds the stored values by column: references as ids, and no text that is personal.
    ``changed`` names the columns that differ from the version before. ``salt`` goes into the digest
    that the audit chain holds of the version.
    """

    __tablename__ = "register_version"
    __table_args__ = (
        UniqueConstraint("entry_id", "version", name="register_version_once"),
        Index("register_version_register", "register_code", "id"),
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    register_code: str
    entry_id: UUID
    version: int
    since: date
    ended_on: date | None = None
    facts: dict[str, Any] = json_dict()
    changed: list[str] = json_list()
    recorded_at: datetime = at()
    recorded_by: UUID | None = Field(default=None, foreign_key="person.id")
    salt: str


class RegisterImport(SQLModel, table=True):
    """A file whose rows go into a register: as it was read, and what came of it.

    ``mapping`` gives the place of each column's cell in a row. Each row is ``[number in the file,
    cells]``; ``faults`` says by their numbers, in both languages, why rows cannot be read, and once
    ``finished_at`` is set why the ``rows`` that remain were not taken. ``totals`` are the numbers of
    lines of totals, ``others`` the further sheets, neither of which is read.
    """

    __tablename__ = "register_import"

    id: UUID = key()
    register_code: str = Field(index=True)
    filename: str
    sheet: str = ""
    heads: list[str] = json_list()
    rows: list[tuple[int, list[str]]] = json_list()
    mapping: dict[str, int] = json_dict()
    faults: dict[str, list[str]] = json_dict()
    totals: list[int] = json_list()
    others: list[str] = json_list()
    uploaded_by: UUID = Field(foreign_key="person.id", index=True)
    uploaded_at: datetime = at(index=True)
    finished_at: datetime | None = maybe_at()
    added: int = 0
    changed: int = 0
    known: int = 0
