"""Bids: the caller's own organisation's, and those that lie open before a panel."""

from datetime import datetime
from decimal import Decimal

from pydantic import Field

from api.json.shapes.base import RequestModel, ResponseModel
from domain.bid.eligibility import EligibilityFinding
from models import BidContent
from models.bid import MOST_FILES, BidStatus
from models.shapes import Secret
from services.award.feedback import Feedback
from services.bid.bid_page import BidVersionLine
from services.bid.bid_sheets import MemberLine


class PartnerPublic(ResponseModel):
    """A member of the bidder and whether it has confirmed its share in percent."""

    name: str
    leads: bool
    share: Decimal
    work_package: str
    confirmed_at: datetime | None


class BudgetDraft(RequestModel):
    """A budget line as it is typed."""

    item: str = Field(default="", max_length=200)
    amount: str = Field(default="", max_length=20)


class MilestoneDraft(RequestModel):
    """A milestone as it is typed."""

    title: str = Field(default="", max_length=200)
    due_on: str = Field(default="", max_length=20)
    share: str = Field(default="", max_length=20)


class FileDraft(RequestModel):
    """A file that was added, as the answer named it."""

    id: str = Field(default="", max_length=36)
    name: str = Field(default="", max_length=120)
    media_type: str = Field(default="", max_length=40)
    size: str = Field(default="", max_length=12)
    sha256: str = Field(default="", max_length=64)
    nonce: str = Field(default="", max_length=64)


class FileDraftPublic(ResponseModel):
    """A file as the draft names it."""

    id: str
    name: str
    media_type: str
    size: str
    sha256: str
    nonce: str


class BidDraftUpdate(RequestModel):
    """A letter of intent as far as it is written; nothing of it has to be right yet."""

    plan: str = Field(default="", max_length=20_000)
    team: str = Field(default="", max_length=20_000)
    track_record: str = Field(default="", max_length=20_000)
    conflicts: str = Field(default="", max_length=20_000)
    budget: list[BudgetDraft] = Field(default=[], max_length=100)
    milestones: list[MilestoneDraft] = Field(default=[], max_length=100)
    files: list[FileDraft] = Field(default=[], max_length=MOST_FILES)


class BudgetDraftPublic(ResponseModel):
    """A budget line as it was typed."""

    item: str
    amount: str


class MilestoneDraftPublic(ResponseModel):
    """A milestone as it was typed."""

    title: str
    due_on: str
    share: str


class BidDraftPublic(ResponseModel):
    """The draft as it was typed, on the web too, where nothing of it had to be right."""

    plan: str
    team: str
    track_record: str
    conflicts: str
    budget: list[BudgetDraftPublic]
    milestones: list[MilestoneDraftPublic]
    files: list[FileDraftPublic]


class BidPublic(ResponseModel):
    """The bid of the caller's organisation on a project; sealed for everybody else until the opening.

    ``locked`` where something is sealed and the passphrase was not sent.
    """

    code: str
    place: str
    status: BidStatus | None
    receipt: str | None
    commitment: str | None
    version: int
    leads: bool
    takes_bids: bool
    members: list[PartnerPublic]
    findings: list[EligibilityFinding]
    content: BidContent | None
    draft: BidDraftPublic | None
    saved_at: datetime | None
    versions: list[BidVersionLine]
    demo: bool
    has_key: bool
    locked: bool
    feedback: Feedback | None


class SealKeyCreate(RequestModel):
    """A new sealing passphrase, which is nobody's password; with the caller's password to replace one."""

    passphrase: Secret = Field(min_length=10, max_length=128)
    password: Secret | None = Field(default=None, max_length=128)


class BidSheetPublic(ResponseModel):
    """An opened bid before a panel, with the caller's own marks; blind, it has no members."""

    receipt: str
    members: list[MemberLine]
    price: Decimal
    content: BidContent
    marks: dict[str, str]
    remark: str
