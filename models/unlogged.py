"""What holds for minutes or hours and may be lost with the database's machine: unlogged tables."""

from sqlalchemy import ARRAY, DateTime, Index
from sqlmodel import Column, Field, SQLModel

from models.columns import UUID, at, datetime


class RateCounter(SQLModel, table=True):
    """When somebody, by a digest, has asked within the last minute under a name."""

    __tablename__ = "rate_limit"
    __table_args__ = (Index("rate_limit_last", "last_at"), {"prefixes": ["UNLOGGED"]})

    name: str = Field(primary_key=True)
    who: str = Field(primary_key=True)
    hits: list[datetime] = Field(sa_column=Column(ARRAY(DateTime(timezone=True)), nullable=False))
    last_at: datetime = at()


class UnlockedKey(SQLModel, table=True):
    """An owner's private key that a browser has unlocked; only that browser can read it.

    ``browser`` is a digest of the browser's cookie, from which the key is derived that ``sealed``
    is encrypted under.
    """

    __tablename__ = "unlocked_key"
    __table_args__ = (Index("unlocked_key_ends", "ends_at"), {"prefixes": ["UNLOGGED"]})

    browser: str = Field(primary_key=True)
    owner: UUID
    sealed: bytes
    ends_at: datetime = at()
