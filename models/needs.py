"""Needs, the files they came from, and the rows that wait to be mended."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import UUID, at, datetime, enum_type, json_dict, key, maybe_at


class NeedStatus(StrEnum):
    """What became of a need."""

    AWAITING_PLACE = "awaiting_place"
    REGISTERED = "registered"
    MERGED = "merged"
    IN_PROJECT = "in_project"
    ANSWERED = "answered"


class ImportBatch(SQLModel, table=True):
    """One imported file; the same rows again change nothing.

    ``sha256`` is the digest of its rows, ``source`` is ``workbook`` or ``open311``.
    """

    __tablename__ = "import_batch"

    id: UUID = key()
    filename: str
    sha256: str = Field(unique=True)
    source: str
    rows: int
    imported: int
    merged: int
    quarantined: int
    imported_at: datetime = at()


class Need(SQLModel, table=True):
    """What a resident or community asked for; ``supporters`` counts the people behind it.

    ``batch_id`` is the file it came in; one reported on the portal came in none.
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
    quarantined_at: datetime = at()
    mended_at: datetime | None = maybe_at()
