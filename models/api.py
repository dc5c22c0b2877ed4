"""What programs need: tokens that act for their owner, and answers kept so that asking again is safe.

Times are the database's real clock, never a demo's.
"""

from typing import Any

from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.columns import UUID, at, datetime, json_list, key, maybe_at


class AccessToken(SQLModel, table=True):
    """A personal access token: its digest, what it is good for, and until when."""

    __tablename__ = "access_token"

    id: UUID = key()
    person_id: UUID = Field(foreign_key="person.id", index=True)
    name: str
    digest: str = Field(unique=True)
    scopes: list[str] = json_list()
    made_at: datetime = at()
    expires_at: datetime = at()
    seen_at: datetime | None = maybe_at()
    revoked_at: datetime | None = maybe_at()


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
