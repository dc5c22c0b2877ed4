"""People and their roles, how they prove who they are, and who acts for them while they are away.

Times are the database's real clock, never a demo's. Tokens are stored as digests only.
"""

from datetime import date

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from domain.identity.roles import Role, Scope
from models.columns import UUID, at, datetime, enum_type, json_list, key, maybe_at


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


class Credential(SQLModel, table=True):
    """A person's password as an argon2 hash, and the secret of their one-time codes.

    ``totp_step`` is the last time step whose code was used, so that no code counts twice.
    """

    person_id: UUID = Field(foreign_key="person.id", primary_key=True)
    password: str
    changed_at: datetime = at()
    totp_secret: str | None = None
    totp_since: datetime | None = maybe_at()
    totp_step: int = 0


class Contact(SQLModel, table=True):
    """Where a person is told what waits for them; theirs to change and to remove.

    ``dead_at`` is since when nothing is sent there, as letters failed while others went out.
    """

    person_id: UUID = Field(foreign_key="person.id", primary_key=True)
    email: str
    set_at: datetime = at()
    dead_at: datetime | None = maybe_at()


class Identity(SQLModel, table=True):
    """Who somebody is at the district's single sign-on: an issuer's subject, one person's."""

    issuer: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    linked_at: datetime = at()


class SsoAttempt(SQLModel, table=True):
    """A way to the single sign-on and back, bound to one browser; gone once it is used."""

    __tablename__ = "sso_attempt"

    digest: str = Field(primary_key=True)
    purpose: str
    browser: str
    nonce: str
    verifier: str
    redirect_uri: str
    next: str
    person_id: UUID | None = Field(default=None, foreign_key="person.id")
    expires_at: datetime = at(index=True)


class SignInFailure(SQLModel, table=True):
    """Failed tries of something from somewhere, as of a login, known or not, from an address.

    ``login_digest`` is a digest of both, ``about`` one of the thing tried; both under a key.
    """

    __tablename__ = "sign_in_failure"

    login_digest: str = Field(primary_key=True)
    about: str = Field(index=True)
    failures: int
    last_at: datetime = at(index=True)
    locked_until: datetime | None = maybe_at()


class KnownDevice(SQLModel, table=True):
    """A browser in which somebody has signed in: their tries there are counted by themselves."""

    __tablename__ = "known_device"

    digest: str = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    known_since: datetime = at()
    seen_at: datetime = at()


class WebSession(SQLModel, table=True):
    """A session of the web; ``proved_at`` is when the person last proved who they are."""

    __tablename__ = "web_session"

    id: UUID = key()
    person_id: UUID = Field(foreign_key="person.id", index=True)
    digest: str = Field(unique=True)
    client: str
    began_at: datetime = at()
    seen_at: datetime = at()
    proved_at: datetime = at()
    ends_at: datetime = at(index=True)
    ended_at: datetime | None = maybe_at()


class Invitation(SQLModel, table=True):
    """A link by which a person sets their password, once, for some days."""

    id: UUID = key()
    person_id: UUID = Field(foreign_key="person.id", index=True)
    digest: str = Field(unique=True)
    issued_at: datetime = at()
    expires_at: datetime = at()
    used_at: datetime | None = maybe_at()


class Delegation(SQLModel, table=True):
    """One person acts for another at gates from a day to a day, both included."""

    id: UUID = key()
    from_id: UUID = Field(foreign_key="person.id", index=True)
    to_id: UUID = Field(foreign_key="person.id", index=True)
    starts_on: date
    ends_on: date
    reason: str
    made_at: datetime = at()
    revoked_at: datetime | None = maybe_at()


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
