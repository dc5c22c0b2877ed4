"""Findings: a complaint, a late milestone or a visit that opens a corrective action, or joins it."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func
from sqlmodel import Field, Session, col, select

from domain.calendar import BEIJING
from domain.conduct.corrective import STAGE_OF, Cause
from domain.deliver.delivery import DeliveryState, MilestoneDue, StatusColour, delivery_status
from domain.errors import BadInput, NotPermitted
from domain.identity.permissions import Act
from domain.lifecycle import Status
from models import Bid, Complaint, CorrectiveAction, Finding, Milestone, Project, Visit
from models.limits import LONGEST_TEXT
from models.shapes import Command
from services.award.awards import present_agreement
from services.bid.interests import require_no_interest
from services.clock import now, work_calendar
from services.conduct.events import CorrectionAsked, FaultFound, ProjectVisited
from services.deliver.delivery import agreed
from services.district.rounds import settings_of
from services.events import audiences
from services.events.record import record, tell
from services.execution.runs import begin_process
from services.gates.open_gate import refresh_gate
from services.gates.settle_gate import waiting_gate
from services.identity.actors import Actor, authorise, place_of
from services.projects.moves import lock_project
from services.rows import next_number

DEFINITION = "corrective-action/v1"
_UNDER_WAY = frozenset({Status.DELIVERING, Status.ASSESSING})


def open_action(session: Session, project: Project) -> CorrectiveAction | None:
    """Return the project's corrective action that is not over, if there is one."""
    return session.exec(
        select(CorrectiveAction).where(
            CorrectiveAction.project_id == project.id,
            col(CorrectiveAction.status).in_(list(STAGE_OF)),
        )
    ).one_or_none()


def find_fault(
    session: Session,
    project: Project,
    cause: Cause,
    text: str,
    *,
    at: datetime,
    by: Actor | None = None,
    complaint: Complaint | None = None,
    milestone: Milestone | None = None,
) -> CorrectiveAction:
    """Enter a finding; it joins the open corrective action, or opens one. The project is locked."""
    action = open_action(session, project) or _begin(session, project, at)
    session.add(
        Finding(
            action_id=action.id,
            cause=cause,
            text=text,
            complaint_id=complaint.id if complaint else None,
            milestone_id=milestone.id if milestone else None,
            found_by=by.person_id if by else None,
            found_at=at,
        )
    )
    session.flush()
    # The dossier being decided has changed: nobody decides on facts that they have not read.
    if gate := waiting_gate(session, action):
        refresh_gate(session, action, gate)
    record(
        session,
        FaultFound(cause=cause, corrective=action.code),
        about=project.code,
        by=by.login if by else "flow",
        at=at,
    )
    tell(
        session,
        CorrectionAsked(corrective=action.code),
        about=project.code,
        at=at,
        to=audiences.organisation(action.organisation_id),
        once=f"corrective:{action.id}:found:{at.isoformat()}",
    )
    session.flush()
    return action


def _begin(session: Session, project: Project, at: datetime) -> CorrectiveAction:
    agreement = present_agreement(session, project)
    number = next_number(session, CorrectiveAction, CorrectiveAction.project_id == project.id)
    process_id = uuid4()
    code = f"{project.code}-Z{number}"
    begin_process(
        session,
        DEFINITION,
        process_id=process_id,
        code=code,
        place=project,
        project_id=project.id,
        at=at,
    )
    action = CorrectiveAction(
        id=process_id,
        code=code,
        title=project.title,
        project_id=project.id,
        organisation_id=session.get_one(Bid, agreement.bid_id).lead_id,
        opened_at=at,
    )
    session.add(action)
    session.flush()
    return action


class VisitCreate(Command):
    """What is written of a visit."""

    visited_on: date
    colour: StatusColour
    note: str = Field(min_length=5, max_length=LONGEST_TEXT)


def record_visit(
    session: Session, *, project_id: UUID, actor: Actor, visit: VisitCreate
) -> CorrectiveAction | None:
    """Record a visit of street or community; red, it is a finding, whose action is returned.

    Raises NotPermitted unless the project is under way, BadInput for a day to come.
    """
    project = lock_project(session, project_id)
    authorise(session, actor, Act.VISIT, place_of(project))
    require_no_interest(session, project, actor)
    require_under_way(project)
    at = now(session)
    if visit.visited_on > at.astimezone(BEIJING).date():
        raise BadInput(zh="走访日期不能晚于今天。", en="A visit is not on a day to come.")
    session.add(
        Visit(
            project_id=project.id,
            visited_on=visit.visited_on,
            colour=visit.colour,
            note=visit.note.strip(),
            visited_by=actor.person_id,
            entered_at=at,
        )
    )
    record(session, ProjectVisited(colour=visit.colour), about=project.code, by=actor.login, at=at)
    session.flush()
    if visit.colour is not StatusColour.RED:
        return None
    return find_fault(session, project, Cause.VISIT, visit.note.strip(), at=at, by=actor)


def visits_of(session: Session, project: Project) -> list[Visit]:
    """Return a project's visits, the newest first."""
    return list(
        session.exec(
            select(Visit)
            .where(Visit.project_id == project.id)
            .order_by(col(Visit.visited_on).desc(), col(Visit.entered_at).desc())
        ).all()
    )


def delivery_of(session: Session, project: Project) -> DeliveryState | None:
    """Return how a project's delivery stands; None where nothing is delivered now."""
    if project.status is not Status.DELIVERING:
        return None
    agreement = present_agreement(session, project)
    milestones = session.exec(
        select(Milestone)
        .where(Milestone.agreement_id == agreement.id)
        .order_by(col(Milestone.number))
    ).all()
    action = open_action(session, project)
    visits = visits_of(session, project)
    return delivery_status(
        [
            MilestoneDue(milestone.number, milestone.awaited_on, milestone.reported_at is not None)
            for milestone in milestones
        ],
        action.status if action else None,
        visits[0].colour if visits else None,
        today=now(session).astimezone(BEIJING).date(),
    )


def require_under_way(project: Project) -> None:
    """Raise NotPermitted unless the project is delivered or assessed now."""
    if project.status not in _UNDER_WAY:
        raise NotPermitted(
            zh="项目不在实施或考榜阶段。", en="the project is not being delivered or assessed."
        )


def find_late_milestones(session: Session, *, most: int | None = None) -> int:
    """Enter a finding for each milestone that is overdue and not reported, for ``most`` at once.

    Returns how many; each holds its project until this transaction ends.
    """
    at = now(session)
    today = at.astimezone(BEIJING).date()
    noted = set(
        session.exec(select(Finding.milestone_id).where(col(Finding.milestone_id).is_not(None)))
    )
    calendar, entered = work_calendar(session), 0
    for milestone, late_project in unreported_milestones(session, today - timedelta(days=1)):
        days = settings_of(session, late_project).late_days
        due = datetime.combine(milestone.awaited_on, datetime.min.time(), BEIJING)
        if milestone.id in noted or calendar.add_working_days(due, days).at > at:
            continue
        project = lock_project(session, late_project.id)
        session.refresh(milestone)
        if project.status is Status.DELIVERING and milestone.reported_at is None:
            text = f"第 {milestone.number} 个里程碑“{milestone.title}”应于 {milestone.awaited_on} 完成，尚未报告。"
            find_fault(session, project, Cause.LATE_MILESTONE, text, at=at, milestone=milestone)
            entered += 1
            if entered == most:
                break
    return entered


def unreported_milestones(session: Session, until: date) -> list[tuple[Milestone, Project]]:
    """Return milestones under way that are due by ``until`` (included) and not reported yet."""
    rows = session.exec(
        select(Milestone, Project)
        .join(Project, col(Project.id) == Milestone.project_id)
        .where(
            Project.status == Status.DELIVERING,
            agreed(),
            col(Milestone.reported_at).is_(None),
            func.greatest(Milestone.due_on, Milestone.resubmit_by) <= until,
        )
        .order_by(col(Project.code), col(Milestone.number))
    ).all()
    return list(rows)
