"""Projects, calls, and everything public about them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from api.json.shapes.base import Given, Page, Taken, TextPublic
from domain.assess.shortfall import Remedy
from domain.award.objections import Objector
from domain.award.scoring import shown_points
from domain.deliver.amendments import Ending
from domain.deliver.indicators import Adds
from domain.lifecycle import Stage, Status
from domain.public.board import Heading


class ProjectItemPublic(Given):
    """A project on the board; ``closes_at`` only while bids are taken."""

    code: str
    title: str
    status: Status
    heading: Heading
    category: str
    street: str
    community: str
    amount: Decimal | None
    formed_at: datetime
    closes_at: datetime | None


class StreetCount(Given):
    """A street, and how many of its projects are found."""

    code: str
    name: str
    projects: int


class BoardPublic(Page[ProjectItemPublic]):
    """A page of the board, with counts for every heading and street."""

    by_heading: dict[Heading, int]
    streets: list[StreetCount]


class IndicatorPublic(Given):
    """A measurable outcome, and how its reports add up."""

    name: str
    target: Decimal
    unit: str
    adds: Adds


class CriteriaPublic(Given):
    """What a call demands of everybody who bids."""

    org_stage: str
    grade: str
    credit: Decimal


class CallPublic(Given):
    """A published version of a call; rubric weights in percent."""

    version: int
    title: str
    problem: str
    scope: str
    outcomes: list[IndicatorPublic]
    ceiling: Decimal | None
    criteria: CriteriaPublic
    rubric: dict[str, Decimal]
    delivery_from: date
    delivery_until: date
    consortia: bool
    blind: bool
    published_at: datetime | None
    opens_at: datetime | None
    question_deadline: datetime | None
    closes_at: datetime | None
    extended: bool


class ChangePublic(Given):
    """A field of a call that differs from the version before."""

    name: TextPublic
    before: TextPublic
    after: TextPublic


class CallVersionPublic(Given):
    """A published version of a call and what changed with it."""

    version: int
    published_at: datetime
    closes_at: datetime | None
    extended: bool
    changes: list[ChangePublic]


class StepPublic(Given):
    """A stage of the lifecycle and where the project stands with it."""

    stage: Stage
    state: str


class NeedLinePublic(Given):
    """A need that the project answers."""

    code: str
    title: str
    supporters: int


class QuestionPublic(Given):
    """A question about a call and its answer; who asked is not told."""

    id: UUID
    text: str
    asked_at: datetime
    answer: str | None
    answered_at: datetime | None


class CommitmentPublic(Given):
    """The commitment of one bid, and whether the bid that was opened matches it."""

    receipt: str
    commitment: str
    matches: bool


class OpeningPublic(Given):
    """The record of an opening; ``seed`` is that of a later draw."""

    opened_at: datetime
    commitments: list[CommitmentPublic]
    seed: str


class WinnerPublic(Given):
    """A member of the bidder, with its share in percent and its work package."""

    organisation: str
    id: UUID
    share: Decimal
    work_package: str
    leads: bool


class PlacePublic(Given):
    """A place in the ranking."""

    place: int
    receipt: str
    total: Decimal


class EligibilityPublic(Given):
    """One criterion for one member of the winner: whether it was met, and why."""

    member: str
    rule: str
    met: bool
    zh: str
    en: str


class AwardPublic(Given):
    """The award, once its ranking is confirmed."""

    members: list[WinnerPublic]
    price: Decimal
    total: Decimal
    ranking: list[PlacePublic]
    notice_until: datetime | None
    eligibility: list[EligibilityPublic]


class AgreementChangePublic(Given):
    """What changes: ``due_on`` or ``amount`` of a milestone, ``target`` of an indicator, by number."""

    what: str
    number: int
    before: str
    after: str


class AmendmentPublic(Given):
    """What of an agreement changes: who proposed it and why, and what the other side decided."""

    number: int
    changes: list[AgreementChangePublic]
    reason: str
    by_supplier: bool
    proposed_at: datetime
    approved: bool | None
    ending: Ending | None
    answer: str | None
    decided_at: datetime | None


class ReplacementPublic(Given):
    """One organisation in a partner's place, and the street's decision with its reason."""

    number: int
    leaving: str
    joining: str
    share: Decimal
    work_package: str
    reason: str
    proposed_at: datetime
    approved: bool | None
    withdrew: bool | None
    ending: Ending | None
    answer: str | None
    decided_at: datetime | None


class MilestonePublic(Given):
    """A milestone of the agreement."""

    number: int
    title: str
    due_on: date
    amount: Decimal
    reported_at: datetime | None
    accepted_at: datetime | None


class PartyPublic(Given):
    """What one of the four parties contributed to the result."""

    party: str
    answers: int
    mean: Decimal
    weight: Decimal
    points: Decimal


class ResultPublic(Given):
    """The result of the assessment, 0 to 100."""

    value: Decimal
    grade: str
    spread: Decimal
    flagged: bool
    parties: list[PartyPublic]

    @model_validator(mode="after")
    def _by_one_rounding(self) -> Self:
        shown = shown_points([party.points for party in self.parties], self.value)
        for one, points in zip(self.parties, shown, strict=True):
            one.points = points
        return self


class ShortfallPublic(Given):
    """What was decided where too few residents answered; ``until`` where more were invited."""

    remedy: Remedy
    answers: int
    before: int
    minimum: int
    until: datetime | None
    reason: str
    decided_at: datetime


class ReportPublic(Given):
    """A closing report that was issued; its digest tells whether a copy is genuine."""

    lang: str
    format: str
    sha256: str
    issued_at: datetime


class MomentPublic(Given):
    """Something that happened; ``position`` is its place in the audit chain."""

    at: datetime
    text: TextPublic
    position: int | None


class ProjectPublic(Given):
    """Everything public about a project; what is not public yet is null or empty."""

    code: str
    title: str
    status: Status
    heading: Heading
    category: str
    street: str
    community: str
    steps: list[StepPublic]
    needs: list[NeedLinePublic]
    call: CallPublic | None
    versions: list[CallVersionPublic]
    questions: list[QuestionPublic]
    opening: OpeningPublic | None
    award: AwardPublic | None
    milestones: list[MilestonePublic]
    amendments: list[AmendmentPublic]
    replacements: list[ReplacementPublic]
    result: ResultPublic | None
    shortfalls: list[ShortfallPublic]
    reports: list[ReportPublic]
    ended_because: str | None
    timeline: list[MomentPublic]


class ProofPublic(Given):
    """One entry of the audit chain, recomputed."""

    position: int
    at: datetime
    text: TextPublic
    digest: str
    previous: str
    hash: str
    digest_holds: bool
    link_holds: bool
    newest: int


class ProjectCreate(Taken, str_strip_whitespace=True):
    """A project to be formed from registered needs of one community."""

    title: str = Field(min_length=2, max_length=120, examples=["独居老人助餐"])
    needs: list[str] = Field(min_length=1, max_length=200, examples=[["N-2026-0001"]])


class FormedPublic(Given):
    """The code of a project that was just formed; it is public once its evaluation begins."""

    code: str


class ObjectionPublic(Given):
    """An objection and its answer; who filed it is known to whom it is for."""

    id: UUID
    standing: Objector
    grounds: str
    filed_at: datetime
    due_at: datetime
    upheld: bool | None
    answer: str | None
    answered_at: datetime | None
    appeal_until: datetime | None
    appeal: str | None
    appealed_at: datetime | None
    appeal_due_at: datetime | None
    appeal_upheld: bool | None
    appeal_answer: str | None
    appeal_answered_at: datetime | None


class ProjectLinePublic(Given):
    """A project of one's place, and the gate at which it waits."""

    code: str
    title: str
    community: str
    status: Status
    key: str | None
    waits_for: TextPublic | None
    due_at: datetime | None
    overdue: bool


Lang = Literal["zh", "en"]
