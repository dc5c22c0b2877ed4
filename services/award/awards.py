"""Award 承榜, second half: confirmation, public notice, objections and the agreement."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from domain.conduct.conduct_list import CreditRule
from domain.errors import NotFound, NotPermitted
from domain.gates import GateKind, Outcome
from domain.identity.permissions import Act
from domain.lifecycle import Action, Status
from domain.money import split
from domain.text import Text
from models import Agreement, Award, Bid, Gate, Milestone, Project
from models.bid import BidStatus, MilestonePlan
from services.award.award_dates import NOTICE
from services.award.events import AgreementConfirmed, AwardInNotice, AwardIntended, BidUnsuccessful
from services.award.moot_objections import leave_unanswered
from services.bid.interests import require_no_interest
from services.bid.opened_bids import opened_bids
from services.bid.openings import latest_payload
from services.calendar.counted_dates import count_days
from services.clock import now
from services.district.rounds import settings_of
from services.events import audiences
from services.events.record import record, tell
from services.gates.settle_gate import settle_current
from services.identity.actors import Actor, authorise, organisation, place_of
from services.ledgers import credit, quota
from services.projects.moves import end_unanswered, lock_project, move, newest
from services.publish.present_call import current_call


def latest_award(session: Session, project: Project) -> Award:
    """Return the award of the newest round; raise NotFound before there is one."""
    award = newest(session, Award, project)
    if award is None:
        raise NotFound(what=Text("承榜", "award"), key=project.code)
    return award


def confirm_ranking(session: Session, project: Project, gate: Gate, at: datetime) -> None:
    """Publish the intended award for its notice period, or let the panel meet again."""
    if gate.outcome is Outcome.RETURNED:
        project.stage_round += 1
    elif gate.outcome is Outcome.APPROVED:
        days = settings_of(session, project).public_notice_days
        award = latest_award(session, project)
        award.confirmed_at = at
        count_days(session, NOTICE, award, at=at, days=days, project_id=project.id)
        move(session, project, Action.CONFIRM_RANKING, actor="flow", at=at)
        record(
            session,
            AwardIntended(members=len(credit.members_of(session, award.bid_id))),
            about=project.code,
            by="flow",
            at=at,
        )
        tell(
            session,
            AwardInNotice(until=award.notice_until),
            about=project.code,
            at=at,
            to=audiences.PUBLIC,
            once=f"award:{project.code}:r{award.round}:notice",
        )


def close_without_award(session: Session, project: Project, at: datetime) -> dict[str, object]:
    """End a project when no bid is left to award; the quota still reserved is released."""
    end_unanswered(session, project, Action.CLOSE_WITHOUT_AWARD, actor="flow", at=at)
    return {}


def draft_agreement(session: Session, project: Project, at: datetime) -> dict[str, object]:
    """Write the agreement with milestones and instalments from the winning bid."""
    award = latest_award(session, project)
    bid = session.get_one(Bid, award.bid_id)
    call = current_call(session, project)
    assert call is not None
    agreement = Agreement(
        project_id=project.id,
        round=project.stage_round,
        bid_id=bid.id,
        amount=award.price,
        indicators=call.outcomes,
        drafted_at=at,
    )
    session.add(agreement)
    session.flush()
    opened = latest_payload(session, bid).content
    assert opened is not None
    plans = [MilestonePlan.model_validate(milestone) for milestone in opened["milestones"]]
    amounts = split(award.price, [plan.share for plan in plans])
    for number, (plan, amount) in enumerate(zip(plans, amounts, strict=True), start=1):
        session.add(
            Milestone(
                agreement_id=agreement.id,
                project_id=project.id,
                number=number,
                title=plan.title,
                due_on=plan.due_on,
                share=plan.share,
                amount=amount,
            )
        )
    session.flush()
    return {"milestones": len(plans)}


def present_agreement(session: Session, project: Project) -> Agreement:
    """Return the agreement of the newest round; raise NotFound before there is one."""
    agreement = newest(session, Agreement, project)
    if agreement is None:
        raise NotFound(what=Text("协议", "agreement"), key=project.code)
    return agreement


def supplier_of(session: Session, project: Project) -> UUID:
    """Return the organisation that leads the bid agreed on."""
    return session.get_one(Bid, present_agreement(session, project).bid_id).lead_id


def confirm_agreement(session: Session, *, project_id: UUID, actor: Actor) -> None:
    """Confirm the agreement for the side the actor stands for: the street, or the bid's lead."""
    project = lock_project(session, project_id)
    if project.status is not Status.IN_PUBLIC_NOTICE:
        raise NotPermitted(zh="现在没有待确认的协议。", en="no agreement waits to be confirmed.")
    agreement = present_agreement(session, project)
    at = now(session)
    bid = session.get_one(Bid, agreement.bid_id)
    try:
        authorise(session, actor, Act.CONFIRM_AS_SUPPLIER, organisation(bid.lead_id))
    except NotPermitted:
        authorise(session, actor, Act.CONFIRM_AS_BUYER, place_of(project))
        require_no_interest(session, project, actor)
        agreement.buyer_confirmed_at = agreement.buyer_confirmed_at or at
        agreement.buyer_confirmed_by = agreement.buyer_confirmed_by or actor.person_id
        side = "buyer"
    else:
        agreement.supplier_confirmed_at = agreement.supplier_confirmed_at or at
        agreement.supplier_confirmed_by = agreement.supplier_confirmed_by or actor.person_id
        side = "supplier"
    record(session, AgreementConfirmed(side=side), about=project.code, by=actor.login, at=at)
    settle_current(session, project, GateKind.EVENT, at)


def reopen_award(session: Session, project: Project, at: datetime) -> dict[str, object]:
    """Go back to the panel: an objection was upheld, or the winner did not sign in time.

    A bidder who did not sign is out, and its quota is released; where only the street did not
    sign, the bidder stays before the panel.
    """
    award = latest_award(session, project)
    award.withdrawn_at = at
    unsigned = select(Agreement.id).where(
        Agreement.project_id == project.id,
        Agreement.round == project.stage_round,
        col(Agreement.supplier_confirmed_at).is_(None),
    )
    if session.exec(unsigned).first():
        bid = session.get_one(Bid, award.bid_id)
        bid.status = BidStatus.VOID
        credit.enter(
            session,
            project,
            CreditRule.WITHDRAWN,
            organisations=credit.members_of(session, bid.id),
            reference=f"{project.code}:r{project.stage_round}",
            at=at,
        )
        quota.release(session, project=project, reference=f"{bid.id}:v{bid.version}", at=at)
    leave_unanswered(session, project, at)
    move(session, project, Action.REOPEN_AWARD, actor="flow", at=at)
    return {}


def sign_agreement(session: Session, project: Project, at: datetime) -> dict[str, object]:
    """Both sides have confirmed: the losers' quota is released and delivery begins."""
    agreement = present_agreement(session, project)
    for bid in opened_bids(session, project):
        if bid.id != agreement.bid_id:
            quota.release(session, project=project, reference=f"{bid.id}:v{bid.version}", at=at)
            tell(
                session,
                BidUnsuccessful(),
                about=project.code,
                at=at,
                to=audiences.organisation(bid.lead_id),
                once=f"bid:{bid.id}:unsuccessful",
            )
    move(session, project, Action.SIGN_AGREEMENT, actor="flow", at=at)
    return {"amount": agreement.amount}
