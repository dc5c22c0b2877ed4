"""A project as anybody may see it: its call, what came of it, and why, as far as it is public yet.

A draft is not public. A call is public once published; who bid, what was asked for it and how it
was scored, once the ranking is confirmed; the assessment, once the street has confirmed it.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from domain.board import HEADING_OF, PUBLIC, Heading
from domain.errors import NotFound
from domain.lifecycle import STAGE_OF, Stage, Status
from domain.privacy import mask
from models import (
    AssessmentResult,
    Award,
    Bid,
    BidMember,
    Call,
    Community,
    Gate,
    Need,
    Opening,
    Organisation,
    Project,
    ProjectNeed,
    Report,
    StatusChange,
    Street,
)
from services.call_versions import CallVersion, call_versions
from services.delivery import milestones_of
from services.questions import QuestionLine, questions_of
from services.timeline import Moment, timeline


class StageStep(NamedTuple):
    """A stage of the lifecycle and where the project stands with it: done, now or ahead."""

    stage: Stage
    state: str


class NeedLine(NamedTuple):
    """A need that the project answers."""

    code: str
    title: str
    supporters: int


class Winner(NamedTuple):
    """A member of the bidder to whom the project is awarded, with its share in percent."""

    organisation: str
    share: Decimal
    leads: bool


class AwardView(NamedTuple):
    """The award in its notice or after it; ``ranking`` holds receipt numbers and totals."""

    members: tuple[Winner, ...]
    price: Decimal
    total: Decimal
    ranking: tuple[dict[str, Any], ...]
    notice_until: datetime | None


class MilestoneView(NamedTuple):
    """A milestone of the agreement."""

    number: int
    title: str
    due_on: date
    amount: Decimal
    reported_at: datetime | None
    accepted_at: datetime | None


class ProjectView(NamedTuple):
    """Everything public about one project; what is not public yet is None or empty."""

    code: str
    title: str
    status: Status
    heading: Heading
    category: str
    street: str
    community: str
    steps: tuple[StageStep, ...]
    needs: tuple[NeedLine, ...]
    call: Call | None
    versions: tuple[CallVersion, ...]
    questions: tuple[QuestionLine, ...]
    opening: Opening | None
    award: AwardView | None
    milestones: tuple[MilestoneView, ...]
    result: AssessmentResult | None
    reports: tuple[Report, ...]
    ended_because: str | None
    timeline: tuple[Moment, ...]


def public_project(session: Session, code: str) -> Project:
    """Return the project with this code; raise NotFound also for one that is not public yet."""
    project = session.exec(select(Project).where(Project.code == code)).one_or_none()
    if project is None or project.status not in PUBLIC:
        raise NotFound(what="项目 / project", key=code)
    return project


def read_public_project(session: Session, code: str) -> ProjectView:
    """Return what anybody may see of a project; raise NotFound."""
    project = public_project(session, code)
    street = session.get_one(Street, project.street_code)
    community = session.get_one(Community, project.community_code)
    award = _award(session, project)
    return ProjectView(
        project.code,
        mask(project.title),
        project.status,
        HEADING_OF[project.status],
        project.category,
        street.name,
        community.name,
        _steps(session, project),
        _needs(session, project),
        _call(session, project),
        call_versions(session, project),
        questions_of(session, project),
        session.exec(
            select(Opening)
            .where(Opening.project_id == project.id)
            .order_by(col(Opening.round).desc())
        ).first(),
        award,
        _milestones(session, project),
        session.exec(
            select(AssessmentResult)
            .where(
                AssessmentResult.project_id == project.id,
                col(AssessmentResult.confirmed_at).is_not(None),
            )
            .order_by(col(AssessmentResult.round).desc())
        ).first(),
        tuple(session.exec(select(Report).where(Report.project_id == project.id)).all()),
        _ended_because(session, project),
        tuple(timeline(session, project)),
    )


def _steps(session: Session, project: Project) -> tuple[StageStep, ...]:
    now = STAGE_OF.get(project.status)
    entered = set(
        session.exec(select(Gate.stage).where(Gate.project_id == project.id).distinct()).all()
    )
    stages = list(Stage)
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


def _needs(session: Session, project: Project) -> tuple[NeedLine, ...]:
    rows = session.exec(
        select(Need)
        .join(ProjectNeed, col(ProjectNeed.need_id) == Need.id)
        .where(ProjectNeed.project_id == project.id)
        .order_by(col(Need.code))
    ).all()
    return tuple(NeedLine(one.code, mask(one.title), one.supporters) for one in rows)


def _call(session: Session, project: Project) -> Call | None:
    return session.exec(
        select(Call)
        .where(Call.project_id == project.id, col(Call.published_at).is_not(None))
        .order_by(col(Call.version).desc())
    ).first()


def _award(session: Session, project: Project) -> AwardView | None:
    award = session.exec(
        select(Award)
        .where(
            Award.project_id == project.id,
            col(Award.confirmed_at).is_not(None),
            col(Award.withdrawn_at).is_(None),
        )
        .order_by(col(Award.round).desc())
    ).first()
    if award is None:
        return None
    rows = session.exec(
        select(BidMember, Organisation)
        .join(Organisation, col(Organisation.id) == BidMember.organisation_id)
        .join(Bid, col(Bid.id) == BidMember.bid_id)
        .where(Bid.id == award.bid_id)
        .order_by(col(BidMember.is_lead).desc(), col(Organisation.name))
    ).all()
    return AwardView(
        tuple(Winner(held.name, member.share, member.is_lead) for member, held in rows),
        award.price,
        award.total,
        tuple(
            {"place": one["place"], "receipt": one["receipt"], "total": one["total"]}
            for one in award.ranking
        ),
        award.notice_until,
    )


def _milestones(session: Session, project: Project) -> tuple[MilestoneView, ...]:
    if project.status not in (Status.DELIVERING, Status.ASSESSING, Status.CLOSED):
        return ()
    return tuple(
        MilestoneView(
            one.number, one.title, one.due_on, one.amount, one.reported_at, one.accepted_at
        )
        for one in milestones_of(session, project)
    )


def _ended_because(session: Session, project: Project) -> str | None:
    if HEADING_OF[project.status] is not Heading.ENDED:
        return None
    return session.exec(
        select(StatusChange.reason)
        .where(StatusChange.project_id == project.id)
        .order_by(col(StatusChange.changed_at).desc())
    ).first()
