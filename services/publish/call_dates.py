"""When the dates of a call change, everybody concerned hears of it: once for each change."""

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from domain.lifecycle import Status
from domain.text import Text
from models import Bid, BidMember, Call, Project, Question
from services.calendar.counted_dates import CountedDate, runs_in
from services.records import audit, tell
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
    audit(
        session,
        actor="flow",
        action="call.dates",
        subject=project.code,
        at=at,
        before=before,
        after=call.closes_at,
    )
    members = session.exec(
        select(BidMember.organisation_id)
        .join(Bid, col(Bid.id) == BidMember.bid_id)
        .where(Bid.project_id == project.id)
        .distinct()
    ).all()
    askers = session.exec(
        select(Question.asked_by).where(Question.project_id == project.id).distinct()
    ).all()
    for audience in sorted(
        {f"organisation:{one}" for one in members} | {f"person:{one}" for one in askers if one}
    ):
        _tell(session, project, call, at, before, audience, "call.dates")
    for one in followers(session, project):
        audience = f"subscription:{one.id}"
        _tell(session, project, call, at, before, audience, "call.dates_followed", str(one.id))


def _tell(
    session: Session,
    project: Project,
    call: Call,
    at: datetime,
    before: datetime | None,
    audience: str,
    topic: str,
    subscription: str = "",
) -> None:
    tell(
        session,
        key=f"call:{call.id}:dates:{call.closes_at}:{audience}",
        topic=topic,
        audience=audience,
        at=at,
        project=project.code,
        before=before,
        due=call.closes_at,
        **({"subscription": subscription} if subscription else {}),
    )
