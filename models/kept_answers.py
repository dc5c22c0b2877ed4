"""Answers to writes of programs, kept so that the same write may be sent again."""

from typing import Any

from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.columns import at, datetime


class IdempotencyRecord(SQLModel, table=True):
    """The answer to a write, by the caller's Idempotency-Key; written with what the write did.

    ``request`` is the digest of method, path and body; ``body`` is empty for an answer about a
    sealed bid.
    """

    __tablename__ = "kept_answer"

    owner: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    request: str
    status: int | None = None
    body: Any = Field(default=None, sa_column=Column(JSONB, nullable=True))
    location: str | None = None
    kept_at: datetime = at(index=True)
