"""The panel with its marks, the award, objections to it, and the agreement."""

from datetime import date
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from domain.award.objections import Course, Objector
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

    A member of the reserve has their place in its order as ``reserve``, and sits from
    ``seated_at`` on in place of a recused member. ``reread_at`` ends a member's second reading of
    a blind call.
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
