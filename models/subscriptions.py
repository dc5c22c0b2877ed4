"""Mailboxes that hear of new calls."""

from sqlmodel import Field, SQLModel

from models.columns import UUID, at, datetime, key, maybe_at


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
