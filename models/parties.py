"""Organisations, and who is close to them."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from domain.district.ties import TieKind
from models.columns import UUID, at, datetime, enum_type, json_list, key
from models.registers import RegisterRow


class Organisation(SQLModel, table=True):
    """A social organisation; grassroots ones have no credit code.

    ``uscc_reason`` is why a code counts whose check character fails.

    ``serves`` lists codes of streets and communities, ``*`` for the whole district. ``about`` and
    ``contact`` are public, its own to write. It was named a demonstration organisation on
    ``demonstration_since``; whether it still is follows from the conduct list.
    """

    id: UUID = key()
    name: str = Field(unique=True)
    uscc: str | None = Field(default=None, unique=True, max_length=18)
    uscc_reason: str = ""
    org_stage: str
    grade: str = "none"
    alliance: str | None = None
    legal_representative: str
    serves: list[str] = json_list()
    suspended_until: date | None = None
    demonstration_since: date | None = None
    about: str = ""
    contact: str = ""
    created_at: datetime = at()


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
