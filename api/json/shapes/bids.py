"""Bids: the caller's own organisation's, and those that lie open before a panel."""

from datetime import date, datetime
from decimal import Decimal

from pydantic import Field

from api.json.shapes.base import Given, Taken, TextPublic
from models import BidContent
from models.bid import MOST_FILES, BidStatus


class FindingPublic(Given):
    """One criterion for one member, and why it is met or not."""

    member: str
    rule: str
    met: bool
    reason: TextPublic


class OpenCallPublic(Given):
    """A call that takes bids, as it fits one's organisation: ``unmet`` is empty where it does."""

    code: str
    title: str
    place: str
    ceiling: Decimal | None
    closes_at: datetime
    status: BidStatus | None
    unmet: list[FindingPublic]


class BidLinePublic(Given):
    """A bid one's organisation takes part in."""

    code: str
    title: str
    status: BidStatus
    project_status: str
    leads: bool
    share: Decimal
    to_confirm: bool
    closes_at: datetime | None


class PartnerPublic(Given):
    """A member of the bidder and whether it has confirmed its share in percent."""

    name: str
    leads: bool
    share: Decimal
    work_package: str
    confirmed_at: datetime | None


class BidVersionPublic(Given):
    """A sealed version; the nonce of its commitment, 64 hexadecimal digits, with the passphrase."""

    version: int
    saved_at: datetime
    nonce: str | None


class BudgetDraft(Taken):
    """A budget line as it is typed."""

    item: str = Field(default="", max_length=200)
    amount: str = Field(default="", max_length=20)


class MilestoneDraft(Taken):
    """A milestone as it is typed."""

    title: str = Field(default="", max_length=200)
    due_on: str = Field(default="", max_length=20)
    share: str = Field(default="", max_length=20)


class FileDraft(Taken):
    """A file that was added, as the answer named it."""

    id: str = Field(default="", max_length=36)
    name: str = Field(default="", max_length=120)
    media_type: str = Field(default="", max_length=40)
    size: str = Field(default="", max_length=12)
    sha256: str = Field(default="", max_length=64)
    nonce: str = Field(default="", max_length=64)


class FileDraftPublic(Given):
    """A file as the draft names it."""

    id: str
    name: str
    media_type: str
    size: str
    sha256: str
    nonce: str


class BidDraftUpdate(Taken):
    """A letter of intent as far as it is written; nothing of it has to be right yet."""

    plan: str = Field(default="", max_length=20_000)
    team: str = Field(default="", max_length=20_000)
    track_record: str = Field(default="", max_length=20_000)
    conflicts: str = Field(default="", max_length=20_000)
    budget: list[BudgetDraft] = Field(default=[], max_length=100)
    milestones: list[MilestoneDraft] = Field(default=[], max_length=100)
    files: list[FileDraft] = Field(default=[], max_length=MOST_FILES)


class BudgetDraftPublic(Given):
    """A budget line as it was typed."""

    item: str
    amount: str


class MilestoneDraftPublic(Given):
    """A milestone as it was typed."""

    title: str
    due_on: str
    share: str


class BidDraftPublic(Given):
    """The draft as it was typed, on the web too, where nothing of it had to be right."""

    plan: str
    team: str
    track_record: str
    conflicts: str
    budget: list[BudgetDraftPublic]
    milestones: list[MilestoneDraftPublic]
    files: list[FileDraftPublic]


class FeedbackLinePublic(Given):
    """One criterion: one's own mean, that of the bid ranked first, and the weight in percent."""

    criterion: str
    mean: Decimal
    first: Decimal
    weight: Decimal


class FeedbackPublic(Given):
    """What the panel thought of one's own bid; told once the award is confirmed."""

    place: int
    bids: int
    total: Decimal
    first: Decimal
    lines: list[FeedbackLinePublic]
    remarks: list[str]


class BidPublic(Given):
    """One's organisation's bid on a project; sealed for everybody else until the opening.

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
    findings: list[FindingPublic]
    content: BidContent | None
    draft: BidDraftPublic | None
    saved_at: datetime | None
    versions: list[BidVersionPublic]
    demo: bool
    has_key: bool
    locked: bool
    feedback: FeedbackPublic | None


class SealKeyCreate(Taken):
    """A new sealing passphrase, which is nobody's password; with one's password to replace one."""

    passphrase: str = Field(min_length=10, max_length=128)
    password: str | None = Field(default=None, max_length=128)


class PartnerCreate(Taken):
    """A partner by its organisation's name, with its share in percent and its work package."""

    name: str = Field(min_length=2, max_length=120)
    share: Decimal = Field(gt=0, lt=100, max_digits=5, decimal_places=2, examples=["30"])
    work_package: str = Field(min_length=2, max_length=200)


class MembersUpdate(Taken):
    """The partners of a consortium, and the lead's own work package; none for a bid alone."""

    partners: list[PartnerCreate] = Field(default=[], max_length=20)
    work_package: str = Field(default="", max_length=200)


class ReceiptPublic(Given):
    """The receipt of a sealed bid: the commitment is SHA-256 of the nonce and the bid."""

    number: str
    at: datetime
    commitment: str
    version: int
    nonce: str
    demo: bool


class ShareConfirm(Taken):
    """The share in percent, and the work package, that a partner confirms: what it was shown."""

    share: Decimal = Field(gt=0, le=100, max_digits=5, decimal_places=2, examples=["30"])
    work_package: str | None = Field(default=None, max_length=200)


class SheetMemberPublic(Given):
    """A member of a bidder."""

    name: str
    leads: bool
    share: Decimal
    work_package: str


class BidSheetPublic(Given):
    """An opened bid before a panel, with the caller's own marks; blind, it has no members."""

    receipt: str
    members: list[SheetMemberPublic]
    price: Decimal
    content: BidContent
    marks: dict[str, str]
    remark: str


class CreditEventPublic(Given):
    """One event of the credit ledger."""

    code: str
    title: str
    rule: str
    points: Decimal
    happened_at: datetime
    expires_on: date
    counts: bool


class CreditPublic(Given):
    """The score as it is rebuilt from its events, and concurrent projects taken and allowed."""

    base: Decimal
    score: Decimal
    lines: list[CreditEventPublic]
    load: Decimal
    capacity: Decimal
