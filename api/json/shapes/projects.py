"""Projects, calls, and everything public about them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from api.json.shapes.base import ResponseModel
from domain.award.objections import Objector
from domain.award.scoring import shown_points
from domain.deliver.amendments import Ending
from domain.deliver.indicators import Adds
from domain.lifecycle import Status
from domain.public.board import Heading
from domain.text import Text
from services.assess.shortfalls import ShortfallLine
from services.bid.opening_records import Commitment
from services.deliver.amendments import AmendmentLine
from services.gates.now_with import NowWith
from services.needs.needs_register import NeedLine
from services.projects.forming import ProjectTitle
from services.public.public_project import AwardView, MilestoneView, StageStep
from services.publish.call_versions import CallVersion
from services.publish.questions import QuestionLine


class IndicatorPublic(ResponseModel):
    """A measurable outcome, and how its reports add up."""

    name: str
    target: Decimal
    unit: str
    adds: Adds


class CriteriaPublic(ResponseModel):
    """What a call demands of everybody who bids."""

    org_stage: str
    grade: str
    credit: Decimal


class CallPublic(ResponseModel):
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


class OpeningPublic(ResponseModel):
    """The record of an opening; ``seed`` is that of a later draw."""

    opened_at: datetime
    commitments: list[Commitment]
    seed: str


class ReplacementPublic(ResponseModel):
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


class PartyPublic(ResponseModel):
    """What one of the four parties contributed to the result."""

    party: str
    answers: int
    mean: Decimal
    weight: Decimal
    points: Decimal


class ResultPublic(ResponseModel):
    """The result of the assessment, 0 to 100."""

    value: Decimal
    grade: str
    spread: Decimal
    flagged: bool
    parties: list[PartyPublic]

    @model_validator(mode="after")
    def _by_one_rounding(self) -> Self:
        shown = shown_points([party.points for party in self.parties], self.value)
        for party, points in zip(self.parties, shown, strict=True):
            party.points = points
        return self


class ReportPublic(ResponseModel):
    """A closing report that was issued; its digest tells whether a copy is genuine."""

    lang: str
    format: str
    sha256: str
    issued_at: datetime


class MomentPublic(ResponseModel):
    """Something that happened; ``position`` is its place in the audit chain."""

    at: datetime
    text: Text
    position: int | None


class ProjectPublic(ResponseModel):
    """Everything public about a project; what is not public yet is null or empty."""

    code: str
    title: str
    status: Status
    heading: Heading
    category: str
    street: str
    community: str
    steps: list[StageStep]
    now: NowWith | None
    needs: list[NeedLine]
    call: CallPublic | None
    versions: list[CallVersion]
    questions: list[QuestionLine]
    opening: OpeningPublic | None
    award: AwardView | None
    milestones: list[MilestoneView]
    amendments: list[AmendmentLine]
    replacements: list[ReplacementPublic]
    result: ResultPublic | None
    shortfalls: list[ShortfallLine]
    reports: list[ReportPublic]
    ended_because: str | None
    timeline: list[MomentPublic]


class ProjectCreate(ProjectTitle):
    """A project to be formed from registered needs of one community."""

    needs: list[str] = Field(min_length=1, max_length=200, examples=[["N-2026-0001"]])


class FormedPublic(ResponseModel):
    """The code of a project that was just formed; it is public once its evaluation begins."""

    code: str


class ObjectionPublic(ResponseModel):
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


Lang = Literal["zh", "en"]
