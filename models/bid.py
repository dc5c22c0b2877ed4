"""Bids: an envelope everybody concerned may see, a payload sealed until the opening, and the opening."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.columns import (
    UUID,
    Decimal,
    at,
    datetime,
    enum_type,
    exact,
    json_dict,
    json_list,
    key,
    maybe_at,
    maybe_yuan,
)
from models.limits import LARGEST_FILE, LONGEST_TEXT, MOST_YUAN
from models.shapes import Shape


class BidStatus(StrEnum):
    """Where a bid stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    OPENED = "opened"
    VOID = "void"


class BudgetLine(Shape):
    """One line of a bid's budget in yuan."""

    item: str = Field(min_length=1, max_length=200)
    amount: Decimal = Field(gt=0, le=MOST_YUAN, decimal_places=2)


class MilestonePlan(Shape):
    """One milestone offered: when it is done, and its share of the payment in percent."""

    title: str = Field(min_length=1, max_length=200)
    due_on: date
    share: Decimal = Field(gt=0, le=100, decimal_places=2)


MOST_FILES = 6


class Attachment(Shape):
    """A file of a letter of intent: what it was called, its size in bytes and its SHA-256.

    ``nonce`` and the rest give the commitment that was kept when it was added.
    """

    id: UUID
    name: str = Field(min_length=1, max_length=120)
    media_type: str = Field(min_length=1, max_length=40)
    size: int = Field(gt=0, le=LARGEST_FILE)
    sha256: str = Field(min_length=64, max_length=64)
    nonce: str = Field(min_length=64, max_length=64)


class BidContent(Shape):
    """The payload of a letter of intent, sealed until the opening."""

    plan: str = Field(min_length=10, max_length=LONGEST_TEXT)
    team: str = Field(min_length=2, max_length=LONGEST_TEXT)
    track_record: str = Field(default="", max_length=LONGEST_TEXT)
    budget: list[BudgetLine] = Field(min_length=1)
    milestones: list[MilestonePlan] = Field(min_length=1)
    conflicts: str = Field(default="", max_length=LONGEST_TEXT)
    files: list[Attachment] = Field(default_factory=list, max_length=MOST_FILES)


class Bid(SQLModel, table=True):
    """The envelope. ``price`` is empty until the opening writes it from the payload."""

    __table_args__ = (UniqueConstraint("call_id", "lead_id"),)

    id: UUID = key()
    call_id: UUID = Field(foreign_key="call.id", index=True)
    project_id: UUID = Field(foreign_key="project.id", index=True)
    lead_id: UUID = Field(foreign_key="organisation.id", index=True)
    status: BidStatus = Field(default=BidStatus.DRAFT, sa_type=enum_type(BidStatus))
    version: int = 0
    receipt_no: str | None = Field(default=None, unique=True)
    commitment: str | None = None
    eligibility: list[dict[str, Any]] = json_list()
    price: Decimal | None = maybe_yuan()
    created_at: datetime = at()
    submitted_at: datetime | None = maybe_at()
    withdrawn_at: datetime | None = maybe_at()


class BidMember(SQLModel, table=True):
    """A member of the bidder: the lead alone, or lead and partners with shares in percent.

    ``work_package`` is what it does in a consortium; empty for a bidder alone.
    """

    __tablename__ = "bid_member"

    bid_id: UUID = Field(foreign_key="bid.id", primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisation.id", primary_key=True)
    is_lead: bool
    share: Decimal = exact(digits=5)
    work_package: str = ""
    confirmed_at: datetime | None = maybe_at()
    confirmed_by: UUID | None = Field(default=None, foreign_key="person.id")


class BidPayload(SQLModel, table=True):
    """One version of a bid, sealed; ``nonce`` and ``content`` are empty until the opening."""

    __tablename__ = "bid_payload"

    bid_id: UUID = Field(foreign_key="bid.id", primary_key=True)
    version: int = Field(primary_key=True)
    sealed: dict[str, Any] = json_dict()
    nonce: bytes | None = Field(default=None, sa_type=LargeBinary, nullable=True)
    content: dict[str, Any] | None = Field(
        default=None, sa_type=JSONB(none_as_null=True), nullable=True
    )
    saved_at: datetime = at()


class BidFile(SQLModel, table=True):
    """A sealed file of a bid: the file store keeps it under the SHA-256 of the sealed bytes.

    ``keys`` hold its data key, wrapped for each reader; ``key`` is that key in the clear
    from the opening on. ``commitment`` binds its name, size and digest, which the content holds.
    """

    __tablename__ = "bid_file"

    id: UUID = key()
    bid_id: UUID = Field(foreign_key="bid.id", index=True)
    sealed: str
    keys: dict[str, Any] = json_dict()
    commitment: str
    submitted: bool = False
    key: bytes | None = Field(default=None, sa_type=LargeBinary, nullable=True)
    added_by: UUID = Field(foreign_key="person.id")
    added_at: datetime = at()


class SealKey(SQLModel, table=True):
    """The key pair of an organisation or an opener, its private half under their passphrase.

    ``owner`` is the organisation's or the person's id; ``cost`` is scrypt's N.
    """

    __tablename__ = "seal_key"

    owner: UUID = Field(primary_key=True)
    public: bytes = Field(sa_type=LargeBinary)
    salt: bytes = Field(sa_type=LargeBinary)
    cost: int
    sealed: bytes = Field(sa_type=LargeBinary)
    set_at: datetime = at()


class EscrowKey(SQLModel, table=True):
    """One row: the public half of the key that is kept offline for a lost share."""

    __tablename__ = "escrow_key"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = Field(default=1, primary_key=True)
    public: bytes = Field(sa_type=LargeBinary)
    made_at: datetime = at()


class CallKey(SQLModel, table=True):
    """A call's public key, and how many of its shares together are the private one."""

    __tablename__ = "call_key"

    call_id: UUID = Field(foreign_key="call.id", primary_key=True)
    public: bytes = Field(sa_type=LargeBinary)
    threshold: int
    made_at: datetime = at()


class CallShare(SQLModel, table=True):
    """A share of a call's key, wrapped for an opener; without one, for the escrow key."""

    __tablename__ = "call_share"
    __table_args__ = (UniqueConstraint("call_id", "number"),)

    id: UUID = key()
    call_id: UUID = Field(foreign_key="call.id", index=True)
    number: int
    holder: UUID | None = Field(default=None, foreign_key="person.id")
    wrapped: bytes = Field(sa_type=LargeBinary)


class EscrowRequest(SQLModel, table=True):
    """One administrator has asked that the escrow share take the place of a lost share; another confirms."""

    __tablename__ = "escrow_request"

    project_id: UUID = Field(foreign_key="project.id", primary_key=True)
    round: int = Field(primary_key=True)
    asked_by: UUID = Field(foreign_key="person.id")
    reason: str
    asked_at: datetime = at()


class OpeningPresence(SQLModel, table=True):
    """One of the openers is present and agrees to open; the opening needs all of them.

    ``share`` is their share of the call's key until the last one comes; fewer shares open nothing.
    """

    __tablename__ = "opening_presence"
    __table_args__ = (UniqueConstraint("project_id", "round", "number"),)

    project_id: UUID = Field(foreign_key="project.id", primary_key=True)
    round: int = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", primary_key=True)
    present_at: datetime = at()
    number: int
    share: bytes | None = Field(default=None, sa_type=LargeBinary, nullable=True)


class Opening(SQLModel, table=True):
    """The opening record: the commitments of all bids, and the seed of a later draw."""

    project_id: UUID = Field(foreign_key="project.id", primary_key=True)
    round: int = Field(primary_key=True)
    opened_at: datetime = at()
    commitments: list[dict[str, Any]] = json_list()
    seed: str
