"""Organisations, people, their roles, and the codes by which they approve in the Prefect UI."""

from datetime import date

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from domain.gates import Verb
from domain.roles import Role, Scope
from domain.ties import TieKind
from models.columns import UUID, at, datetime, enum_type, json_list, key, maybe_at


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


class Person(SQLModel, table=True):
    """Somebody who acts on the platform; ``login`` is their name at the command line."""

    id: UUID = key()
    login: str = Field(unique=True)
    name: str
    organisation_id: UUID | None = Field(default=None, foreign_key="organisation.id", index=True)
    created_at: datetime = at()
    erased_at: datetime | None = maybe_at()


class RoleGrant(SQLModel, table=True):
    """A role held for a scope; ``code`` is a place's code, an organisation's id or ``*``."""

    __tablename__ = "role_grant"
    __table_args__ = (UniqueConstraint("person_id", "role", "scope", "code"),)

    id: UUID = key()
    person_id: UUID = Field(foreign_key="person.id", index=True)
    role: Role = Field(sa_type=enum_type(Role))
    scope: Scope = Field(sa_type=enum_type(Scope))
    code: str = Field(index=True)


class Tie(SQLModel, table=True):
    """Somebody close to an organisation, or to every organisation of an alliance, until it ends."""

    __table_args__ = (
        CheckConstraint("(organisation_id IS NULL) <> (alliance IS NULL)", name="one_of_both"),
    )

    id: UUID = key()
    person_id: UUID = Field(foreign_key="person.id", index=True)
    kind: TieKind = Field(sa_type=enum_type(TieKind))
    organisation_id: UUID | None = Field(default=None, foreign_key="organisation.id", index=True)
    alliance: str | None = None
    since: date
    ended_on: date | None = None


class ApprovalCode(SQLModel, table=True):
    """A one-time code, stored hashed, bound to person, gate, dossier version and decision."""

    __tablename__ = "approval_code"

    id: UUID = key()
    person_id: UUID = Field(foreign_key="person.id", index=True)
    gate_id: UUID = Field(foreign_key="gate.id", index=True)
    digest: str = Field(unique=True)
    verb: Verb = Field(sa_type=enum_type(Verb))
    option: str | None = None
    dossier_version: int
    issued_at: datetime = at()
    expires_at: datetime = at()
    used_at: datetime | None = maybe_at()
