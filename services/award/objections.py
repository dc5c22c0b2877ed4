"""Objections during public notice: filed with standing, answered in time, appealed to the auditor."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, Session, col, select

from domain.award.objections import Objector
from domain.errors import NotFound, NotPermitted
from domain.gates import GateKind, Verb
from domain.identity.permissions import Act
from domain.identity.roles import Scope
from domain.lifecycle import Stage, Status
from domain.text import Text
from models import Award, BidMember, Decision, Gate, Objection, Project
from models.shapes import Command
from services.award.award_dates import APPEAL, APPEAL_ANSWER, OBJECTION
from services.award.awards import latest_award
from services.award.events import (
    AppealDecided,
    AppealDismissed,
    AppealFiled,
    AppealUpheld,
    ObjectionAnswered,
    ObjectionDismissed,
    ObjectionFiled,
    ObjectionUpheld,
)
from services.award.moot_objections import is_moot
from services.bid.interests import interested_people, require_no_interest
from services.calendar.counted_dates import CountedDate, count_days, is_provisional
from services.clock import now
from services.district.rounds import settings_of
from services.events import audiences
from services.events.event import Notification
from services.events.record import record, tell
from services.gates.settle_gate import current_gate, settle_current
from services.identity.actors import DISTRICT, Actor, authorise, grants_of, place_of
from services.projects.moves import lock_project


def notice_runs(project: Project, award: Award, at: datetime) -> bool:
    """Tell whether the public notice goes on, so that objections are taken."""
    ends = award.notice_until
    return project.status is Status.IN_PUBLIC_NOTICE and ends is not None and at < ends


class ObjectionCreate(Command):
    """An objection to an intended award, or an appeal against its dismissal."""

    grounds: str = Field(
        min_length=2, max_length=4000, schema_extra={"examples": ["请核实团队人数。"]}
    )


class ObjectionUpdate(Command):
    """The answer to an objection, or the decision on an appeal."""

    upheld: bool
    answer: str = Field(
        min_length=2, max_length=4000, schema_extra={"examples": ["经核对，材料一致。"]}
    )


def file_objection(
    session: Session, *, project_id: UUID, actor: Actor, objection: ObjectionCreate
) -> Objection:
    """File an objection during public notice; it holds the award until it is answered.

    Raises NotPermitted once the notice has ended and for who acts for the winner.
    """
    project = lock_project(session, project_id)
    award = latest_award(session, project)
    at = now(session)
    if not notice_runs(project, award, at):
        raise NotPermitted(zh="公示期已过。", en="the public notice is over.")
    filed = Objection(
        project_id=project.id,
        round=project.stage_round,
        filed_by=actor.person_id,
        standing=_standing(session, project, award, actor),
        grounds=objection.grounds,
        filed_at=at,
        due_at=at,
    )
    _count_answer(session, project, OBJECTION, filed, at)
    session.add(filed)
    session.flush()
    record(
        session,
        ObjectionFiled(due=filed.due_at),
        about=project.code,
        by=actor.login,
        at=at,
        to=audiences.ADMINISTRATORS,
        once=f"objection:{filed.id}:filed",
    )
    return filed


def _count_answer(
    session: Session, project: Project, date: CountedDate, objection: Objection, at: datetime
) -> None:
    days = settings_of(session, project).objection_days
    count_days(session, date, objection, at=at, days=days, project_id=project.id)


def _standing(session: Session, project: Project, award: Award, actor: Actor) -> Objector:
    """Return what the actor is to the award; raise NotPermitted for who acts for the winner."""
    grants = grants_of(session, actor.person_id)
    own = {UUID(grant.code) for grant in grants if grant.scope is Scope.ORGANISATION}
    winners = session.exec(
        select(BidMember.organisation_id).where(BidMember.bid_id == award.bid_id)
    ).all()
    if own & set(winners):
        raise NotPermitted(
            zh="拟承榜的组织不能对自己的承榜提出异议。",
            en="who is to be awarded does not object to it.",
        )
    if actor.person_id in interested_people(session, project):
        return Objector.BIDDER
    if own:
        return Objector.ORGANISATION
    codes = place_of(project)
    here = any(codes.get(grant.scope) == grant.code for grant in grants if grant.scope in codes)
    district = all(grant.scope is Scope.DISTRICT for grant in grants)
    return Objector.PLACE if here and not district else Objector.PUBLIC


def objections_of(session: Session, project: Project) -> list[Objection]:
    """Return the objections to the present intended award, in the order they came."""
    return list(
        session.exec(
            select(Objection)
            .where(Objection.project_id == project.id, Objection.round == project.stage_round)
            .order_by(col(Objection.filed_at))
        ).all()
    )


def own_objections(session: Session, actor: Actor, code: str) -> set[UUID]:
    """Return which of a project's objections the actor has filed."""
    rows = select(Objection.id).join(Project, col(Project.id) == Objection.project_id)
    return set(
        session.exec(rows.where(Project.code == code, Objection.filed_by == actor.person_id))
    )


def answer_objection(
    session: Session, *, objection_id: UUID, actor: Actor, answer: ObjectionUpdate
) -> None:
    """Uphold an objection (the award goes back to the panel) or dismiss it, with reasons."""
    objection, project = _locked(session, objection_id)
    authorise(session, actor, Act.ANSWER_OBJECTION, place_of(project))
    require_no_interest(session, project, actor)
    if actor.person_id in {objection.filed_by, *_approvers(session, objection)}:
        raise NotPermitted(
            zh="您提出了这条异议或批准了这次承榜，须由他人答复。",
            en="you filed it or approved the award, so somebody else answers it.",
        )
    if objection.answered_at is not None:
        raise NotPermitted(zh="该异议已答复。", en="this objection has been answered.")
    _require_owed(project, objection)
    at = now(session)
    objection.upheld, objection.answer = answer.upheld, answer.answer
    objection.answered_by, objection.answered_at = actor.person_id, at
    if not answer.upheld:
        _leave_time_to_appeal(session, project, objection, at)
    record(
        session,
        ObjectionUpheld() if answer.upheld else ObjectionDismissed(),
        about=project.code,
        by=actor.login,
        at=at,
    )
    _tell_objector(session, project, objection, ObjectionAnswered(), at)
    settle_current(session, project, GateKind.TIMER, at)


def _require_owed(project: Project, objection: Objection) -> None:
    if is_moot(project, objection):
        raise NotPermitted(
            zh="所异议的承榜已不再进行，无须再答复。",
            en="the award it is about is no longer intended; no answer is owed.",
        )


def _approvers(session: Session, objection: Objection) -> set[UUID]:
    """Return who confirmed the ranking, or approved the award, of the project's last round."""
    rows = session.exec(
        select(Decision.person_id)
        .join(Gate, col(Gate.id) == Decision.gate_id)
        .where(
            Gate.process_id == objection.project_id,
            Gate.stage == Stage.AWARD,
            Gate.kind == GateKind.APPROVAL,
            Decision.verb == Verb.APPROVE,
        )
    )
    return set(rows)


def _leave_time_to_appeal(
    session: Session, project: Project, objection: Objection, at: datetime
) -> None:
    """Give the objector their time; the notice's gate waits at least as long."""
    days = settings_of(session, project).appeal_days
    until = count_days(
        session,
        APPEAL,
        objection,
        at=at,
        days=days,
        project_id=project.id,
        audiences=(audiences.person(objection.filed_by),),
    )
    gate = current_gate(session, project, GateKind.TIMER)
    if gate and gate.due_at and gate.due_at < until:
        gate.due_at = until
        gate.due_provisional = is_provisional(session, APPEAL, objection)


def _tell_objector(
    session: Session, project: Project, objection: Objection, answer: Notification, at: datetime
) -> None:
    tell(
        session,
        answer,
        about=project.code,
        at=at,
        to=audiences.person(objection.filed_by),
        once=f"objection:{objection.id}:{answer.topic}",
    )


def _locked(session: Session, objection_id: UUID) -> tuple[Objection, Project]:
    objection = session.get(Objection, objection_id)
    if objection is None:
        raise NotFound(what=Text("异议", "objection"), key=str(objection_id))
    project = lock_project(session, objection.project_id)
    session.refresh(objection)
    return objection, project


def appeal_objection(
    session: Session, *, objection_id: UUID, actor: Actor, appeal: ObjectionCreate
) -> None:
    """Appeal to the auditor against the dismissal of the actor's own objection, in time and once.

    It holds the award until it is decided, which is due in the time an answer has.
    """
    objection, project = _locked(session, objection_id)
    at = now(session)
    if objection.filed_by != actor.person_id:
        raise NotPermitted(zh="只有提出异议的人可以申诉。", en="only who objected may appeal.")
    here = project.status is Status.IN_PUBLIC_NOTICE and objection.round == project.stage_round
    if not here or objection.upheld is not False or objection.appealed_at is not None:
        raise NotPermitted(zh="这条异议现在不能申诉。", en="this objection takes no appeal now.")
    if objection.appeal_until is None or at >= objection.appeal_until:
        raise NotPermitted(zh="申诉期已过。", en="the time to appeal is over.")
    objection.appeal, objection.appealed_at = appeal.grounds, at
    _count_answer(session, project, APPEAL_ANSWER, objection, at)
    record(
        session,
        AppealFiled(due=objection.appeal_due_at),
        about=project.code,
        by=actor.login,
        at=at,
        to=audiences.AUDITORS,
        once=f"objection:{objection.id}:objection.appealed",
    )
    settle_current(session, project, GateKind.TIMER, at)


def decide_appeal(
    session: Session, *, objection_id: UUID, actor: Actor, decision: ObjectionUpdate
) -> None:
    """Decide an appeal for good: upheld, the award goes back to the panel; reasons are public."""
    objection, project = _locked(session, objection_id)
    authorise(session, actor, Act.DECIDE_APPEAL, DISTRICT)
    require_no_interest(session, project, actor)
    if actor.person_id in (objection.answered_by, objection.filed_by):
        raise NotPermitted(
            zh="您答复或提出过这条异议，申诉须由他人决定。",
            en="you answered or filed it, so somebody else decides the appeal.",
        )
    if objection.appealed_at is None or objection.appeal_answered_at is not None:
        raise NotPermitted(zh="没有待决定的申诉。", en="no appeal waits to be decided.")
    _require_owed(project, objection)
    at = now(session)
    objection.appeal_upheld, objection.appeal_answer = decision.upheld, decision.answer
    objection.appeal_answered_by, objection.appeal_answered_at = actor.person_id, at
    record(
        session,
        AppealUpheld() if decision.upheld else AppealDismissed(),
        about=project.code,
        by=actor.login,
        at=at,
    )
    _tell_objector(session, project, objection, AppealDecided(), at)
    settle_current(session, project, GateKind.TIMER, at)
