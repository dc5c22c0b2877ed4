"""How people prove who they are, and who acts for them while they are away.

Times are the database's real clock, never a demo's. Tokens are stored as digests only.
"""

from datetime import date

from sqlmodel import Field, SQLModel

from models.columns import UUID, at, datetime, key, maybe_at


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

    ``login_digest`` is of both, ``about`` of what was tried; both under a key.
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


class Claim(SQLModel, table=True):
    """Somebody has said that they are at work on a gate, so that others need not begin."""

    gate_id: UUID = Field(foreign_key="gate.id", primary_key=True)
    person_id: UUID = Field(foreign_key="person.id")
    claimed_at: datetime = at()
