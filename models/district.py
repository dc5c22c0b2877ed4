"""The district: its places with the years they count for, rounds with their settings, and ties."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from domain.district.ties import TieKind
from models.columns import UUID, at, datetime, enum_type, json_dict, key
from models.register import RegisterRow


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
    """One version of a round's settings, which began as the declared defaults; never changed.

    A project keeps the version it was formed under. The first has no reason.
    """

    __tablename__ = "round_settings"

    round_id: UUID = Field(foreign_key="round.id", primary_key=True)
    version: int = Field(primary_key=True)
    settings: dict[str, Any] = json_dict()
    reason: str
    set_by: UUID | None = Field(default=None, foreign_key="person.id")
    set_at: datetime = at()


class Tie(RegisterRow, table=True):
    """Somebody close to an organisation, or to every organisation of an alliance, until it ends."""

    __table_args__ = (
        CheckConstraint("(organisation_id IS NULL) <> (alliance IS NULL)", name="one_of_both"),
        Index(
            "tie_once",
            *("person_id", "kind", "organisation_id", "alliance"),
            unique=True,
            postgresql_where=text("ended_on IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
        Index("tie_listed", "since", "id"),
    )

    person_id: UUID = Field(foreign_key="person.id", index=True)
    kind: TieKind = Field(sa_type=enum_type(TieKind))
    organisation_id: UUID | None = Field(default=None, foreign_key="organisation.id", index=True)
    alliance: str | None = None
