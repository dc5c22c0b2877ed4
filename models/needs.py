"""Needs, the files they came from, and the rows that wait to be mended."""

from datetime import date
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Sequence, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import UUID, at, datetime, enum_type, json_dict, key, maybe_at


class NeedStatus(StrEnum):
    """What became of a need."""

    AWAITING_PLACE = "awaiting_place"
    REGISTERED = "registered"
    MERGED = "merged"
    IN_PROJECT = "in_project"
    ANSWERED = "answered"


NEED_NUMBERS: Final = Sequence("need_number", metadata=SQLModel.metadata)


class ImportBatch(SQLModel, table=True):
    """One imported file; the same rows again change nothing.

    ``sha256`` is the digest of its rows, ``source`` is ``workbook`` or ``open311``. ``done`` rows
    are taken; each is counted once: as imported, known from an earlier file, changed since then,
    merged into another, or quarantined.
    """

    __tablename__ = "import_batch"

    id: UUID = key()
    filename: str
    sha256: str = Field(unique=True)
    source: str
    sheet: str = ""
    rows: int
    done: int = 0
    imported: int = 0
    known: int = 0
    changed: int = 0
    merged: int = 0
    quarantined: int = 0
    imported_at: datetime = at()
    finished_at: datetime | None = maybe_at()


class Need(SQLModel, table=True):
    """What a resident or community asked for; ``supporters`` counts the people behind it.

    ``batch_id`` is the file it came in; one reported on the portal came in none. ``source_ref``
    is what identifies its row across files, ``stated`` the people that the latest state of that
    row names, ``earlier_id`` the same need of before, which was answered or is in a project.
    """

    __table_args__ = (UniqueConstraint("source", "source_ref"),)

    id: UUID = key()
    code: str = Field(unique=True)
    title: str
    description: str
    category: str = Field(index=True)
    street_code: str | None = Field(default=None, foreign_key="street.code", index=True)
    community_code: str | None = Field(default=None, foreign_key="community.code", index=True)
    place_text: str
    supporters: int = 1
    stated: int | None = None
    lat: float | None = None
    long: float | None = None
    earlier_id: UUID | None = Field(default=None, foreign_key="need.id")
    reported_on: date
    status: NeedStatus = Field(sa_type=enum_type(NeedStatus), index=True)
    merged_into: UUID | None = Field(default=None, foreign_key="need.id")
    fingerprint: str = Field(index=True)
    batch_id: UUID | None = Field(default=None, foreign_key="import_batch.id", index=True)
    source: str
    source_ref: str
    created_at: datetime = at()


class QuarantinedRow(SQLModel, table=True):
    """A row that could not be taken, with the sentence that says what to do."""

    __tablename__ = "quarantined_row"

    id: UUID = key()
    batch_id: UUID = Field(foreign_key="import_batch.id", index=True)
    row: int
    column: str
    rule: str
    zh: str
    en: str
    data: dict[str, Any] = json_dict()
    row_key: str = Field(index=True)
    quarantined_at: datetime = at()
    mended_at: datetime | None = maybe_at()


class NeedSupport(SQLModel, table=True):
    """Somebody also needs this; ``supporter`` is a digest of their browser's token, once a need."""

    __tablename__ = "need_support"

    need_id: UUID = Field(foreign_key="need.id", primary_key=True)
    supporter: str = Field(primary_key=True)
    supported_at: datetime = at()
