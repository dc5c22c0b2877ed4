"""The audit log as a hash chain, its published heads, and messages waiting to be sent."""

from typing import Any

from sqlalchemy import BigInteger, Column, Identity, Index, text
from sqlmodel import Field, SQLModel

from models.columns import UUID, at, datetime, json_dict, key, maybe_at


class AuditEntry(SQLModel, table=True):
    """One entry. ``position`` and ``hash`` are empty until the sealer has chained it.

    ``salt`` goes into the digest, which others see, so that nobody finds by trying who acted.
    ``erased_by`` is the entry that took a person's login out of this one; ``digest`` stays.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("audit_unsealed", "id", postgresql_where=text("position IS NULL")),
        Index("audit_subject", "subject"),
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    happened_at: datetime = at()
    actor: str
    action: str
    subject: str
    facts: dict[str, Any] = json_dict()
    digest: str
    salt: str | None = None
    position: int | None = Field(default=None, sa_type=BigInteger, unique=True)
    hash: str | None = None
    erased_by: int | None = Field(default=None, sa_type=BigInteger)


class AuditHead(SQLModel, table=True):
    """The head of the chain as it was published."""

    __tablename__ = "audit_head"

    position: int = Field(primary_key=True, sa_type=BigInteger)
    hash: str
    published_at: datetime = at()


class OutboxMessage(SQLModel, table=True):
    """Something to tell somebody, written with what it tells of; ``key`` makes it once.

    ``addressed_at`` is when its deliveries were made, ``sent_at`` when the last of them ended.
    """

    __tablename__ = "outbox_message"

    id: UUID = key()
    key: str = Field(unique=True)
    topic: str
    audience: str
    facts: dict[str, Any] = json_dict()
    created_at: datetime = at(index=True)
    addressed_at: datetime | None = maybe_at()
    sent_at: datetime | None = maybe_at()


class LetterDelivery(SQLModel, table=True):
    """A message to one recipient: a person, a subscription or a channel; never an address.

    Where somebody is reached is read when it is sent, so a mended address is used at once.
    """

    __tablename__ = "letter_delivery"
    __table_args__ = (
        Index("letter_delivery_waiting", "next_at", postgresql_where=text("ended_at IS NULL")),
    )

    message_id: UUID = Field(foreign_key="outbox_message.id", primary_key=True)
    recipient: str = Field(primary_key=True)
    attempts: int = 0
    first_failed_at: datetime | None = maybe_at()
    next_at: datetime | None = maybe_at()
    ended_at: datetime | None = maybe_at()
    sent: bool = False
