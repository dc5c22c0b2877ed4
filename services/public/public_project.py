"""A project as anybody may see it: its call, what came of it, and why, as far as it is public yet.

A draft is not public. A call is public once published; the winner, its price and the totals by
receipt, once the ranking is confirmed; the assessment, once the street has confirmed it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, func
from sqlalchemy import select as sa_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from domain.award.objections import Objector
from domain.deliver.acceptance import MilestoneState
from domain.errors import NotFound
from domain.lifecycle import LIFECYCLE_STAGES, STAGE_OF, Stage, Status
from domain.privacy import mask
from domain.public.board import HEADING_OF, Heading
from domain.text import Text
from models import (
    AssessmentResult,
    Award,
    Bid,
    BidMember,
    Call,
    Community,
    Gate,
    Need,
    Objection,
    Opening,
    Organisation,
    Project,
    ProjectNeed,
    Report,
    StatusChange,
    Street,
)
from services.assess.shortfalls import ShortfallLine, public_shortfalls
from services.award.moot_objections import is_moot
from services.deliver.amendments import AmendmentLine, amendments_of
from services.deliver.consortium_page import ReplacementLine, public_replacements
from services.deliver.delivery import milestones_of
from services.gates.now_with import NowWith, now_with
from services.identity.actors import Codes, place_of
from services.needs.needs_register import NeedLine
from services.projects.forming import require_public
from services.public.timeline import Moment, timeline
from services.publish.call_versions import (
    CallVersion,
    call_versions,
    masked_call,
    published_calls,
)
from services.publish.questions import QuestionLine, questions_of


@dataclass(frozen=True, slots=True)
class StageStep:
    """A stage of the lifecycle and where the project stands with it: done, now or ahead."""

    stage: Stage
    state: str


@dataclass(frozen=True, slots=True)
class Winner:
    """A member of the bidder to whom the project is awarded: its share in percent, its part."""

    organisation: str
    share: Decimal
    work_package: str
    leads: bool
    id: UUID


@dataclass(frozen=True, slots=True)
class RankedBid:
    """A place in the ranking; ``total`` of 100."""

    place: int
    receipt: str
    total: Decimal


@dataclass(frozen=True, slots=True)
class CriterionMet:
    """One criterion for one member of the winner: whether it was met, and why."""

    member: str
    rule: str
    met: bool
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class AwardView:
    """The award in its notice or after it; ``ranking`` holds receipt numbers and totals.

    ``eligibility`` is why the winner may bid, line by line, as it was when it did.
    """

    members: tuple[Winner, ...]
    price: Decimal
    total: Decimal
    ranking: tuple[RankedBid, ...]
    notice_until: datetime | None
    eligibility: tuple[CriterionMet, ...]


@dataclass(frozen=True, slots=True)
class MilestoneView:
    """A milestone of the agreement: its instalment and what of it is accepted, in yuan."""

    number: int
    title: str
    due_on: date
    amount: Decimal
    accepted_amount: Decimal
    state: MilestoneState
    reported_at: datetime | None
    accepted_at: datetime | None


class ObjectionLine(NamedTuple):
    """An objection to the award and its answers; who filed it is not said, only what they are.

    ``moot`` when it went unanswered because the award is no longer intended.
    """

    id: UUID
    standing: Objector
    grounds: str
    filed_at: datetime
    due_at: datetime
    upheld: bool | None
    answer: str | None
    appeal_until: datetime | None
    appeal: str | None
    appealed_at: datetime | None
    appeal_due_at: datetime | None
    appeal_upheld: bool | None
    appeal_answer: str | None
    moot: bool


@dataclass(frozen=True, slots=True)
class ProjectView:
    """Everything public about one project; a part that is not public yet is None or empty.

    ``place`` locates it for people with a role there.
    """

    code: str
    title: str
    status: Status
    heading: Heading
    category: str
    street: str
    community: str
    steps: tuple[StageStep, ...]
    now: NowWith | None
    needs: tuple[NeedLine, ...]
    call: Call | None
    versions: tuple[CallVersion, ...]
    questions: tuple[QuestionLine, ...]
    opening: Opening | None
    award: AwardView | None
    objections: tuple[ObjectionLine, ...]
    milestones: tuple[MilestoneView, ...]
    amendments: tuple[AmendmentLine, ...]
    replacements: tuple[ReplacementLine, ...]
    result: AssessmentResult | None
    shortfalls: tuple[ShortfallLine, ...]
    reports: tuple[Report, ...]
    ended_because: str | None
    timeline: tuple[Moment, ...]
    place: Codes


def _latest(table: type[Opening] | type[Award] | type[AssessmentResult], *when: str) -> Any:
    """Return the condition of the newest round of ``table`` where the columns ``when`` are set."""
    aliased_table: Any = aliased(table)
    newest = (
        select(func.max(aliased_table.round))
        .where(
            aliased_table.project_id == Project.id,
            *(getattr(aliased_table, column_name).is_not(None) for column_name in when),
        )
        .correlate(Project)
        .scalar_subquery()
    )
    return (col(table.project_id) == Project.id) & (col(table.round) == newest)


# Built once: a project with the latest of what it has one of in every round.
_ROW: Final = (
    sa_select(Project, col(Street.name), col(Community.name), Opening, Award, AssessmentResult)
    .join(Street, col(Street.code) == Project.street_code)
    .join(Community, col(Community.code) == Project.community_code)
    .join(Opening, _latest(Opening), isouter=True)
    .join(Award, _latest(Award, "confirmed_at"), isouter=True)
    .join(AssessmentResult, _latest(AssessmentResult, "confirmed_at"), isouter=True)
    .where(col(Project.code) == bindparam("code"))
)


def read_public_project(session: Session, code: str) -> ProjectView:
    """Return what anybody may see of a project; raise NotFound."""
    row = session.execute(_ROW, {"code": code}).one_or_none()
    if row is None:
        raise NotFound(what=Text("项目", "project"), key=code)
    project, street, community, opening, award, result = row
    require_public(project, code)
    calls = published_calls(session, project)
    return ProjectView(
        project.code,
        mask(project.title),
        project.status,
        HEADING_OF[project.status],
        project.category,
        street,
        community,
        _steps(session, project),
        now_with(session, project),
        _needs(session, project),
        masked_call(calls[-1]) if calls else None,
        call_versions(calls),
        questions_of(session, project) if calls else (),
        opening,
        _award(session, award),
        _objections(session, project) if award else (),
        _milestones(session, project),
        _amendments(session, project),
        public_replacements(session, award.bid_id) if award else (),
        result,
        public_shortfalls(session, project),
        _reports(session, project),
        _ended_because(session, project),
        tuple(timeline(session, project.code)),
        place_of(project),
    )


def _reports(session: Session, project: Project) -> tuple[Report, ...]:
    return tuple(session.exec(select(Report).where(Report.project_id == project.id)).all())


def _steps(session: Session, project: Project) -> tuple[StageStep, ...]:
    now = STAGE_OF.get(project.status)
    entered = set(_entered(session, project)) if now is None else set()
    stages = LIFECYCLE_STAGES
    states = []
    for stage in stages:
        if stage is now:
            state = "now"
        elif now is None:
            state = "done" if stage in entered else "ahead"
        else:
            state = "done" if stages.index(stage) < stages.index(now) else "ahead"
        states.append(StageStep(stage, state))
    return tuple(states)


def _entered(session: Session, project: Project) -> Sequence[Stage]:
    rows = session.exec(select(Gate.stage).where(Gate.process_id == project.id).distinct()).all()
    return [Stage(row) for row in rows]


def _needs(session: Session, project: Project) -> tuple[NeedLine, ...]:
    rows = session.exec(
        select(Need)
        .join(ProjectNeed, col(ProjectNeed.need_id) == Need.id)
        .where(ProjectNeed.project_id == project.id)
        .order_by(col(Need.code))
    ).all()
    return tuple(NeedLine(row.code, mask(row.title), row.supporters) for row in rows)


def _objections(session: Session, project: Project) -> tuple[ObjectionLine, ...]:
    rows = session.exec(
        select(Objection)
        .where(Objection.project_id == project.id)
        .order_by(col(Objection.filed_at))
    ).all()

    def said(text: str | None) -> str | None:
        return mask(text) if text else None

    return tuple(
        ObjectionLine(
            row.id,
            row.standing,
            mask(row.grounds),
            row.filed_at,
            row.due_at,
            row.upheld,
            said(row.answer),
            row.appeal_until,
            said(row.appeal),
            row.appealed_at,
            row.appeal_due_at,
            row.appeal_upheld,
            said(row.appeal_answer),
            is_moot(project, row),
        )
        for row in rows
    )


def _award(session: Session, award: Award | None) -> AwardView | None:
    if award is None or award.withdrawn_at is not None:
        return None
    rows = session.exec(
        select(BidMember, Organisation)
        .join(Organisation, col(Organisation.id) == BidMember.organisation_id)
        .join(Bid, col(Bid.id) == BidMember.bid_id)
        .where(Bid.id == award.bid_id)
        .order_by(col(BidMember.is_lead).desc(), col(Organisation.name))
    ).all()
    return AwardView(
        tuple(
            Winner(winner.name, member.share, mask(member.work_package), member.is_lead, winner.id)
            for member, winner in rows
        ),
        award.price,
        award.total,
        tuple(
            RankedBid(ranked["place"], ranked["receipt"], Decimal(ranked["total"]))
            for ranked in award.ranking
        ),
        award.notice_until,
        # What else a bidder has reserved is its own affair.
        tuple(
            CriterionMet(**kept)
            for kept in session.get_one(Bid, award.bid_id).eligibility
            if kept["rule"] != "quota"
        ),
    )


_AGREED: Final = frozenset({Status.DELIVERING, Status.ASSESSING, Status.CLOSED, Status.TERMINATED})


def _milestones(session: Session, project: Project) -> tuple[MilestoneView, ...]:
    if project.status not in _AGREED:
        return ()
    return tuple(
        MilestoneView(
            milestone.number,
            mask(milestone.title),
            milestone.due_on,
            milestone.amount,
            milestone.accepted_amount,
            milestone.state,
            milestone.reported_at,
            milestone.accepted_at,
        )
        for milestone in milestones_of(session, project)
    )


def _amendments(session: Session, project: Project) -> tuple[AmendmentLine, ...]:
    """Return what both sides agreed to change; what waits or was dismissed is theirs to read."""
    if project.status not in _AGREED:
        return ()
    return tuple(
        replace(amendment, reason=mask(amendment.reason), answer=mask(amendment.answer or ""))
        for amendment in amendments_of(session, project)
        if amendment.approved
    )


def _ended_because(session: Session, project: Project) -> str | None:
    if HEADING_OF[project.status] is not Heading.ENDED:
        return None
    reason = session.exec(
        select(StatusChange.reason)
        .where(StatusChange.project_id == project.id)
        .order_by(col(StatusChange.changed_at).desc())
    ).first()
    return mask(reason) if reason else None
