"""When the dates of a call change, everybody concerned hears of it: once for each change."""

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from domain.lifecycle import Status
from domain.text import Text
from models import Bid, BidMember, Call, CallQuestion, Project
from services.calendar.counted_dates import CountedDate, runs_in
from services.events import audiences
from services.events.record import record, tell
from services.publish.events import CallDatesChanged, CallDatesFollowed, CallDatesTold
from services.subscriptions import followers

CLOSING: Final = CountedDate(
    Call,
    "closes_at",
    Text("揭榜截止", "end of bidding"),
    lambda call, project: call.superseded_at is None and runs_in(Status.BIDDING)(project),
    public=True,
)
QUESTIONS_BEFORE: Final = timedelta(days=3)


def move_closing(
    session: Session,
    project: Project,
    call: Call,
    closes_at: datetime,
    at: datetime,
    *,
    before: datetime | None,
) -> None:
    """Let a call close at another time than ``before``: questions too, and all concerned are told."""
    call.closes_at = closes_at
    call.question_deadline = max(at, closes_at - QUESTIONS_BEFORE)
    tell_dates(session, project, call, at, before=before)


def tell_dates(
    session: Session, project: Project, call: Call, at: datetime, *, before: datetime | None
) -> None:
    """Tell bidders of this call and of earlier ones, who asked, and who follows; for all to read."""
    record(
        session,
        CallDatesChanged(before=before, after=call.closes_at),
        about=project.code,
        by="flow",
        at=at,
    )
    members = session.exec(
        select(BidMember.organisation_id)
        .join(Bid, col(Bid.id) == BidMember.bid_id)
        .where(Bid.project_id == project.id)
        .distinct()
    ).all()
    askers = session.exec(
        select(CallQuestion.asked_by).where(CallQuestion.project_id == project.id).distinct()
    ).all()
    concerned = {audiences.organisation(member) for member in members}
    concerned |= {audiences.person(asker) for asker in askers if asker}
    occasion = f"call:{call.id}:dates:{call.closes_at}"
    told = CallDatesTold(before=before, due=call.closes_at)
    tell(session, told, about=project.code, at=at, to=sorted(concerned), once=occasion)
    for follower in followers(session, project):
        followed = CallDatesFollowed(before=before, due=call.closes_at, subscription=follower.id)
        to = [audiences.subscription(follower.id)]
        tell(session, followed, about=project.code, at=at, to=to, once=occasion)
