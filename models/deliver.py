"""Delivery: milestones with their evidence, and what of an agreement changes on the way."""

from datetime import date
from typing import Any

from sqlalchemy import Numeric, UniqueConstraint
from sqlmodel import Field, SQLModel

from domain.deliver.acceptance import AcceptanceVerdict, MilestoneState, state_of
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


class Milestone(SQLModel, table=True):
    """A milestone with its instalment; it is released when the milestone has been accepted.

    ``accepted_amount`` is what of ``amount`` is accepted so far, in yuan, by the last of the
    verdicts. What waits for more has no ``reported_at``, and is awaited by ``resubmit_by``.
    """

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
    accepted_amount: Decimal = Field(default=Decimal(0), sa_type=Numeric(14, 2), nullable=False)
    last_verdict: AcceptanceVerdict | None = Field(
        default=None, sa_type=enum_type(AcceptanceVerdict), nullable=True
    )
    resubmit_by: date | None = None
    released_at: datetime | None = maybe_at()

    @property
    def awaited_on(self) -> date:
        """Return the day by which its report is awaited."""
        return max(self.due_on, self.resubmit_by or self.due_on)

    @property
    def state(self) -> MilestoneState:
        """Return where it stands."""
        return state_of(
            is_accepted=self.accepted_at is not None,
            is_reported=self.reported_at is not None,
            verdict=self.last_verdict,
        )


class Acceptance(SQLModel, table=True):
    """A verdict on a reported milestone.

    ``shares`` are the accepted percentages of the indicators by their names, ``share`` their mean,
    ``amount`` what it accepted of the instalment in all, in yuan.
    """

    __table_args__ = (UniqueConstraint("milestone_id", "number"),)

    id: UUID = key()
    milestone_id: UUID = Field(foreign_key="milestone.id", index=True)
    number: int
    verdict: AcceptanceVerdict = Field(sa_type=enum_type(AcceptanceVerdict))
    shares: dict[str, Any] = json_dict()
    share: Decimal = exact(digits=5)
    amount: Decimal = yuan()
    remark: str
    decided_by: UUID = Field(foreign_key="person.id")
    decided_at: datetime = at()


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

    ``statement`` is the answer of the leaving partner, who is heard until ``hearing_until``;
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
