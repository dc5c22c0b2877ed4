"""Publish 发榜: draft the call, publish it, extend it when nobody bid."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlmodel import Field, Session, SQLModel, col, select

from domain.award.scoring import check_rubric
from domain.errors import BadInput, NotPermitted
from domain.gates import GateKind, Outcome, Verb
from domain.identity.permissions import Act
from domain.lifecycle import Action, Stage
from domain.money import yuan
from models import Bid, BidMember, Call, CallCreate, Gate, Organisation, Project
from models.bid import BidStatus
from models.limits import MOST_YUAN
from services.calendar.counted_dates import count_days
from services.clock import now
from services.district.rounds import settings_of
from services.events import audiences
from services.events.record import record, tell
from services.gates.decide_gate import decide_gate
from services.gates.preparation import open_preparation
from services.identity.actors import Actor, authorise, place_of
from services.ledgers import quota
from services.projects.moves import end_unanswered, lock_project, move
from services.publish.call_dates import CLOSING, QUESTIONS_BEFORE, move_closing
from services.publish.call_keys import make_call_key
from services.publish.call_versions import published_calls
from services.publish.events import BidVoid, CallCeilingSet, CallFollowed, CallPublished
from services.publish.present_call import current_call
from services.subscriptions import followers


class CeilingUpdate(SQLModel):
    """A call's budget ceiling in yuan."""

    ceiling: Decimal = Field(gt=0, le=MOST_YUAN, decimal_places=2)


def draft_call(session: Session, *, project_id: UUID, actor: Actor, draft: CallCreate) -> Call:
    """Write a new version of the project's call and submit it for approval.

    A missing ceiling is let through: the data check of the stage names it and opens a repair gate.
    Raises BadInput for a rubric whose weights do not sum to 100 or dates in the wrong order.
    """
    project = lock_project(session, project_id)
    gate = open_preparation(session, project, Stage.PUBLISH)
    check_rubric(draft.rubric)
    if draft.delivery_until <= draft.delivery_from:
        raise BadInput(
            zh="实施期的结束日期须晚于开始日期。", en="Delivery must end after it begins."
        )
    at = now(session)
    before = current_call(session, project)
    if before and before.superseded_at is None:
        before.superseded_at = at
    call = Call(
        project_id=project.id,
        version=(before.version if before else 0) + 1,
        title=draft.title,
        problem=draft.problem,
        scope=draft.scope,
        outcomes=[outcome.resolved() for outcome in draft.outcomes],
        ceiling=yuan(draft.ceiling) if draft.ceiling is not None else None,
        criteria={
            "org_stage": draft.min_org_stage,
            "grade": draft.min_grade,
            "credit": str(draft.min_credit),
        },
        rubric={name: str(weight) for name, weight in draft.rubric.items()},
        delivery_from=draft.delivery_from,
        delivery_until=draft.delivery_until,
        consortia=draft.consortia,
        blind=draft.blind,
        drafted_at=at,
    )
    session.add(call)
    session.flush()
    decide_gate(session, gate_id=gate.id, actor=actor, verb=Verb.SUBMIT, prepared=True, at=at)
    return call


def mend_ceiling(session: Session, *, project_id: UUID, actor: Actor, ceiling: Decimal) -> None:
    """Put the missing budget ceiling (yuan) into a call that waits at its repair gate.

    Raises NotPermitted for other roles, and where no repair gate is open: what people have begun
    to decide on changes only by a new version.
    """
    project = lock_project(session, project_id)
    authorise(session, actor, Act.MEND_CALL, place_of(project))
    call = current_call(session, project)
    if call is None or not _in_repair(session, project):
        raise NotPermitted(
            zh="榜单现在不在修正中，须以新版本更改。",
            en="the call is not being mended; change it by a new version.",
        )
    call.ceiling = yuan(ceiling)
    record(
        session,
        CallCeilingSet(ceiling=call.ceiling),
        about=project.code,
        by=actor.login,
        at=now(session),
    )


def _in_repair(session: Session, project: Project) -> bool:
    waiting = select(Gate.id).where(
        Gate.process_id == project.id,
        Gate.stage == Stage.PUBLISH,
        Gate.kind == GateKind.REPAIR,
        col(Gate.outcome).is_(None),
    )
    return session.exec(waiting).first() is not None


def publish_call(session: Session, project: Project, gate: Gate, at: datetime) -> None:
    """Put an approved call on the board and invite; begin another round, or end the project."""
    if gate.outcome is Outcome.RETURNED:
        project.stage_round += 1
    elif gate.outcome is Outcome.REJECTED:
        end_unanswered(session, project, Action.REJECT, actor="flow", at=at)
    elif gate.outcome is Outcome.APPROVED:
        call = current_call(session, project)
        assert call is not None
        days = settings_of(session, project).bid_window_days
        call.published_at = call.opens_at = at
        closes_at = count_days(session, CLOSING, call, at=at, days=days, project_id=project.id)
        earlier = published_calls(session, project)[:-1]
        if earlier:
            before = earlier[-1].closes_at
            move_closing(session, project, call, closes_at, at, before=before)
        else:
            call.question_deadline = max(at, closes_at - QUESTIONS_BEFORE)
        make_call_key(session, project, call)
        move(session, project, Action.PUBLISH_CALL, actor="flow", at=at)
        _invite(session, project, call, at)
        _tell_followers(session, project, call, at)


def _invite(session: Session, project: Project, call: Call, at: datetime) -> None:
    places = {project.community_code, project.street_code, "*"}
    for organisation in session.exec(select(Organisation)).all():
        if places & set(organisation.serves):
            tell(
                session,
                CallPublished(closes_at=call.closes_at),
                about=project.code,
                at=at,
                to=audiences.organisation(organisation.id),
                once=f"call:{call.id}:invite:{organisation.id}",
            )


def _tell_followers(session: Session, project: Project, call: Call, at: datetime) -> None:
    for follower in followers(session, project):
        tell(
            session,
            CallFollowed(subscription=follower.id),
            about=project.code,
            at=at,
            to=audiences.subscription(follower.id),
            once=f"call:{call.id}:follower:{follower.id}",
        )


def handle_no_bid(session: Session, project: Project, gate: Gate, at: datetime) -> None:
    """Extend the call once, republish it, or close the project without award."""
    call = current_call(session, project)
    assert call is not None
    if gate.option == "extend":
        days = settings_of(session, project).extension_days
        call.extended, before = True, call.closes_at
        closes_at = count_days(session, CLOSING, call, at=at, days=days, project_id=project.id)
        move_closing(session, project, call, closes_at, at, before=before)
        project.stage_round += 1
        return
    if gate.option == "close_without_award":
        end_unanswered(session, project, Action.CLOSE_WITHOUT_AWARD, actor="flow", at=at)
    else:
        quota.release_all(session, project=project, at=at)
        call.superseded_at = at
        _void_bids(session, project, call, at)
        move(session, project, Action.REPUBLISH, actor="flow", at=at)


def _void_bids(session: Session, project: Project, call: Call, at: datetime) -> None:
    """Void the bids begun on a call that is replaced, and tell their members."""
    for bid in session.exec(select(Bid).where(Bid.call_id == call.id)).all():
        bid.status = BidStatus.VOID
        for member in session.exec(select(BidMember).where(BidMember.bid_id == bid.id)).all():
            tell(
                session,
                BidVoid(),
                about=project.code,
                at=at,
                to=audiences.organisation(member.organisation_id),
                once=f"bid:{bid.id}:void:{member.organisation_id}",
            )
