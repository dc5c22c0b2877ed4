"""Organisations: their quota, and the events of their credit."""

from datetime import date
from decimal import Decimal

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from domain.conduct.conduct_list import CreditRule
from models.columns import UUID, at, datetime, enum_type, exact, json_list, key


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


class QuotaEntry(SQLModel, table=True):
    """One line of the quota ledger: positive reserves or consumes, negative releases."""

    __tablename__ = "quota_entry"
    __table_args__ = (UniqueConstraint("organisation_id", "project_id", "kind", "reference"),)

    id: UUID = key()
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    project_id: UUID = Field(foreign_key="project.id", index=True)
    kind: str
    reference: str
    amount: Decimal = exact(digits=6)
    entered_at: datetime = at()


class CreditEvent(SQLModel, table=True):
    """One event of the credit ledger; scores are always rebuilt from events.

    ``reference`` names what it rests on (a project's or a complaint's code), so that one thing is
    entered once; ``settings_version`` is the version of the rule that gave the points.
    """

    __tablename__ = "credit_event"
    __table_args__ = (UniqueConstraint("organisation_id", "rule", "reference"),)

    id: UUID = key()
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    project_id: UUID = Field(foreign_key="project.id", index=True)
    rule: CreditRule = Field(sa_type=enum_type(CreditRule))
    reference: str
    settings_version: int
    points: Decimal = exact(digits=6)
    happened_at: datetime = at()
    expires_on: date
