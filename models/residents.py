"""What residents do without an account: support a need, answer by the code on a printed sheet."""

from sqlmodel import Field, SQLModel

from models.columns import UUID, at, datetime, key, maybe_at


class NeedSupport(SQLModel, table=True):
    """Somebody also needs this; ``supporter`` is a digest of their browser's token, once a need."""

    __tablename__ = "need_support"

    need_id: UUID = Field(foreign_key="need.id", primary_key=True)
    supporter: str = Field(primary_key=True)
    supported_at: datetime = at()


class Subscription(SQLModel, table=True):
    """Somebody is told by mail of new calls that fit; the row is gone once they want no more.

    ``id`` is known from their mails alone; empty fields ask for everything.
    """

    id: UUID = key()
    email: str = Field(index=True)
    street: str = ""
    category: str = ""
    text: str = ""
    made_at: datetime = at(index=True)
    confirmed_at: datetime | None = maybe_at()


class ResidentToken(SQLModel, table=True):
    """A printed code by which one resident assesses one project, once; only its digest is kept."""

    __tablename__ = "resident_token"

    id: UUID = key()
    project_id: UUID = Field(foreign_key="project.id", index=True)
    digest: str = Field(unique=True)
    number: int
    issued_by: UUID = Field(foreign_key="person.id")
    issued_at: datetime = at()
    used_at: datetime | None = maybe_at()
