"""The district: streets and communities with the years they count for, rounds with their settings."""

from datetime import date
from typing import Any

from sqlmodel import Field, SQLModel

from models.columns import UUID, at, datetime, json_dict, key


class Street(SQLModel, table=True):
    """A street (街道) with its nine-digit code."""

    code: str = Field(primary_key=True, max_length=12)
    name: str = Field(unique=True)
    valid_from: date
    valid_to: date | None = None


class Community(SQLModel, table=True):
    """A community (社区) with its twelve-digit code and its street."""

    code: str = Field(primary_key=True, max_length=12)
    name: str = Field(index=True)
    street_code: str = Field(foreign_key="street.code", index=True)
    valid_from: date
    valid_to: date | None = None


class Round(SQLModel, table=True):
    """A round of open calls; ``settings_version`` is what projects formed from now on go by."""

    id: UUID = key()
    code: str = Field(unique=True)
    name: str
    settings_version: int = 1
    created_at: datetime = at()


class RoundSettings(SQLModel, table=True):
    """One version of a round's settings, which began as the defaults of domain.md; never changed.

    A project keeps the version it was formed under. The first has no reason.
    """

    __tablename__ = "round_settings"

    round_id: UUID = Field(foreign_key="round.id", primary_key=True)
    version: int = Field(primary_key=True)
    settings: dict[str, Any] = json_dict()
    reason: str
    set_by: UUID | None = Field(default=None, foreign_key="person.id")
    set_at: datetime = at()
