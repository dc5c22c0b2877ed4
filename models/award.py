"""From the opening of bids to accepted milestones."""

from datetime import date
from typing import Any

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from domain.award.objections import Course, Objector
from domain.deliver.amendments import Ending
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
    yuan,
)


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


class Panel(SQLModel, table=True):
    """A panel; whether highest and lowest count is frozen when it is formed.

    ``alarms`` are the marks that lie too far apart, once all are in: bid, criterion, lowest and
    highest. They call for a moderation meeting, which the chair records.
    """

    project_id: UUID = Field(foreign_key="project.id", primary_key=True)
    round: int = Field(primary_key=True)
    chair_id: UUID = Field(foreign_key="person.id")
    trim: bool
    formed_at: datetime = at()
    alarms: list[dict[str, Any]] = json_list()
    alarmed_at: datetime | None = maybe_at()
    met_on: date | None = None
    present: list[str] = json_list()
    discussion: str | None = None
    moderated_at: datetime | None = maybe_at()

    @property
    def in_moderation(self) -> bool:
        """Tell whether the marks are in and lie too far apart, and no meeting is recorded yet."""
        return self.alarmed_at is not None and self.moderated_at is None


class PanelMember(SQLModel, table=True):
    """A member, the party they come from, their declaration and a recusal with its reason.

    Who is on the reserve list has their place in it as ``reserve``, and sits from ``seated_at`` on
    in place of whoever was recused. ``reread_at`` ends a member's second reading of a blind call.
    """

    __tablename__ = "panel_member"

    project_id: UUID = Field(foreign_key="project.id", primary_key=True)
    round: int = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", primary_key=True)
    party: str
    declared_at: datetime | None = maybe_at()
    recused_at: datetime | None = maybe_at()
    recusal: str | None = None
    reserve: int | None = None
    seated_at: datetime | None = maybe_at()
    replaces_id: UUID | None = Field(default=None, foreign_key="person.id")
    reread_at: datetime | None = maybe_at()


class PanelChange(SQLModel, table=True):
    """A mark that a member changed in the meeting or the second reading, and why."""

    __tablename__ = "panel_change"

    id: UUID = key()
    project_id: UUID = Field(foreign_key="project.id", index=True)
    round: int
    bid_id: UUID = Field(foreign_key="bid.id", index=True)
    person_id: UUID = Field(foreign_key="person.id")
    criterion: str
    before: Decimal = exact(digits=5)
    after: Decimal = exact(digits=5)
    reason: str
    changed_at: datetime = at()


class PanelScore(SQLModel, table=True):
    """One member's marks (0 to 100 by criterion) of one bid; void once the member is recused.

    ``remark`` is what the bidder is told, without the member's name.
    """

    __tablename__ = "panel_score"
    __table_args__ = (UniqueConstraint("bid_id", "round", "person_id"),)

    id: UUID = key()
    project_id: UUID = Field(foreign_key="project.id", index=True)
    round: int
    bid_id: UUID = Field(foreign_key="bid.id", index=True)
    person_id: UUID = Field(foreign_key="person.id")
    marks: dict[str, Any] = json_dict()
    remark: str = ""
    scored_at: datetime = at()
    voided_at: datetime | None = maybe_at()


class Award(SQLModel, table=True):
    """The ranking with its arithmetic and the bid it puts first; price in yuan.

    ``assessment`` holds the rules of the assessment as they were when the bids were ranked.
    """

    project_id: UUID = Field(foreign_key="project.id", primary_key=True)
    round: int = Field(primary_key=True)
    bid_id: UUID = Field(foreign_key="bid.id")
    total: Decimal = exact(digits=5)
    price: Decimal = yuan()
    ranking: list[dict[str, Any]] = json_list()
    assessment: dict[str, Any] = json_dict()
    ranked_at: datetime = at()
    confirmed_at: datetime | None = maybe_at()
    notice_until: datetime | None = maybe_at()
    withdrawn_at: datetime | None = maybe_at()


class Objection(SQLModel, table=True):
    """An objection during public notice; while open, or open to appeal, it holds the award."""

    id: UUID = key()
    project_id: UUID = Field(foreign_key="project.id", index=True)
    round: int
    filed_by: UUID = Field(foreign_key="person.id")
    standing: Objector = Field(sa_type=enum_type(Objector, check="standing"))
    grounds: str
    filed_at: datetime = at()
    due_at: datetime = at()
    upheld: bool | None = None
    answer: str | None = None
    answered_by: UUID | None = Field(default=None, foreign_key="person.id")
    answered_at: datetime | None = maybe_at()
    appeal_until: datetime | None = maybe_at()
    appeal: str | None = None
    appealed_at: datetime | None = maybe_at()
    appeal_due_at: datetime | None = maybe_at()
    appeal_upheld: bool | None = None
    appeal_answer: str | None = None
    appeal_answered_by: UUID | None = Field(default=None, foreign_key="person.id")
    appeal_answered_at: datetime | None = maybe_at()

    @property
    def course(self) -> Course:
        """Return how far it has come, as the rules see it."""
        appealed = self.appealed_at is not None
        return Course(self.upheld, self.appeal_until, appealed, self.appeal_upheld)


class Agreement(SQLModel, table=True):
    """What both sides agree: the amount in yuan, and the indicators of the call."""

    __table_args__ = (UniqueConstraint("project_id", "round"),)

    id: UUID = key()
    project_id: UUID = Field(foreign_key="project.id", index=True)
    round: int
    bid_id: UUID = Field(foreign_key="bid.id")
    amount: Decimal = yuan()
    indicators: list[dict[str, Any]] = json_list()
    drafted_at: datetime = at()
    buyer_confirmed_at: datetime | None = maybe_at()
    buyer_confirmed_by: UUID | None = Field(default=None, foreign_key="person.id")
    supplier_confirmed_at: datetime | None = maybe_at()
    supplier_confirmed_by: UUID | None = Field(default=None, foreign_key="person.id")


class Milestone(SQLModel, table=True):
    """A milestone with its instalment; it is released when the milestone has been accepted."""

    __table_args__ = (UniqueConstraint("agreement_id", "number"),)

    id: UUID = key()
    agreement_id: UUID = Field(foreign_key="agreement.id", index=True)
    project_id: UUID = Field(foreign_key="project.id", index=True)
    number: int
    title: str
    due_on: date
    share: Decimal = exact(digits=5)
    amount: Decimal = yuan()
    report: str | None = None
    reported_at: datetime | None = maybe_at()
    accepted_at: datetime | None = maybe_at()
    accepted_by: UUID | None = Field(default=None, foreign_key="person.id")
    released_at: datetime | None = maybe_at()


class Amendment(SQLModel, table=True):
    """Other dates, instalments or targets: proposed by one side, decided by the other.

    ``changes`` hold what changes, the milestone's or indicator's number, and before and after.
    """

    __table_args__ = (UniqueConstraint("agreement_id", "number"),)

    id: UUID = key()
    project_id: UUID = Field(foreign_key="project.id", index=True)
    agreement_id: UUID = Field(foreign_key="agreement.id", index=True)
    number: int
    changes: list[dict[str, Any]] = json_list()
    reason: str
    by_supplier: bool
    proposed_by: UUID = Field(foreign_key="person.id")
    proposed_at: datetime = at()
    approved: bool | None = None
    ending: Ending | None = Field(default=None, sa_type=enum_type(Ending), nullable=True)
    answer: str | None = None
    decided_by: UUID | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime | None = maybe_at()


class Replacement(SQLModel, table=True):
    """Another organisation in a partner's place: proposed by the lead, decided by the street.

    ``statement`` is what the partner that is to leave says, who is heard until ``hearing_until``;
    ``withdrew`` tells that it left of its own accord, which enters its credit.
    """

    __table_args__ = (UniqueConstraint("bid_id", "number"),)

    id: UUID = key()
    project_id: UUID = Field(foreign_key="project.id", index=True)
    bid_id: UUID = Field(foreign_key="bid.id", index=True)
    number: int
    leaving_id: UUID = Field(foreign_key="organisation.id", index=True)
    joining_id: UUID = Field(foreign_key="organisation.id", index=True)
    share: Decimal = exact(digits=5)
    work_package: str
    reason: str
    proposed_by: UUID = Field(foreign_key="person.id")
    proposed_at: datetime = at()
    hearing_until: datetime = at()
    statement: str | None = None
    stated_at: datetime | None = maybe_at()
    confirmed_by: UUID | None = Field(default=None, foreign_key="person.id")
    confirmed_at: datetime | None = maybe_at()
    eligibility: list[dict[str, Any]] = json_list()
    approved: bool | None = None
    withdrew: bool | None = None
    ending: Ending | None = Field(default=None, sa_type=enum_type(Ending), nullable=True)
    answer: str | None = None
    decided_by: UUID | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime | None = maybe_at()


class Evidence(SQLModel, table=True):
    """Evidence for a milestone: a file by its digest, or a count, with its weight in a mean."""

    id: UUID = key()
    milestone_id: UUID = Field(foreign_key="milestone.id", index=True)
    kind: str
    name: str
    quantity: Decimal | None = Field(default=None)
    weight: Decimal | None = Field(default=None)
    sha256: str | None = None
    filed_at: datetime = at()
