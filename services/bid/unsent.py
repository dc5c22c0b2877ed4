"""Bids that do not count as they stand: never submitted, or edited since they were.

Their organisations read so on every page, and are reminded before the closing: a day before and an
hour before, never at night.
"""

from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from sqlmodel import Session, col, select

from domain.calendar import BEIJING
from domain.lifecycle import Status
from models import Bid, BidMember, Call, Draft, Project
from models.bid import BidStatus
from services.bid.events import BidEdited, BidUnsent
from services.clock import now
from services.drafts import bid_draft
from services.events import audiences
from services.events.record import tell

LEADS: Final = (timedelta(days=1), timedelta(hours=1))
_WAKES, _SLEEPS = time(8), time(21)


class Unsent(NamedTuple):
    """A bid whose text, as it stands, is not submitted; ``edited`` where an earlier version is."""

    code: str
    title: str
    closes_at: datetime
    edited: bool
    version: int
    bid_id: UUID
    lead_id: UUID


def unsent_bids(
    session: Session, at: datetime, organisations: Collection[UUID] | None = None
) -> list[Unsent]:
    """Return the bids under way that are not sent, of all or of these organisations."""
    query = (
        select(Bid, Project.code, Call)
        .join(Project, col(Project.id) == Bid.project_id)
        .join(Call, col(Call.id) == Bid.call_id)
        .where(
            Project.status == Status.BIDDING,
            col(Call.closes_at) > at,
            col(Call.superseded_at).is_(None),
            col(Bid.status).in_([BidStatus.DRAFT, BidStatus.SUBMITTED]),
        )
        .order_by(col(Call.closes_at))
    )
    if organisations is not None:
        query = query.where(
            col(Bid.id).in_(
                select(BidMember.bid_id).where(col(BidMember.organisation_id).in_(organisations))
            )
        )
    rows = session.exec(query).all()
    keys = [bid_draft(bid.id) for bid, _, _ in rows]
    drafted = set(session.exec(select(Draft.key).where(col(Draft.key).in_(keys))).all())
    unsent = []
    for bid, code, call in rows:
        edited = bid.status is BidStatus.SUBMITTED
        if call.closes_at and (not edited or bid_draft(bid.id) in drafted):
            unsent.append(
                Unsent(code, call.title, call.closes_at, edited, bid.version, bid.id, bid.lead_id)
            )
    return unsent


def remind_of_unsent(session: Session) -> None:
    """Remind the leads of bids that are not sent, once for each closing and lead time."""
    at = now(session)
    if not _WAKES <= at.astimezone(BEIJING).time() < _SLEEPS:
        return
    for bid in unsent_bids(session, at):
        for lead in LEADS:
            if at < by_day(bid.closes_at - lead):
                continue
            hours = int(lead.total_seconds() // 3600)
            kind = BidEdited if bid.edited else BidUnsent
            tell(
                session,
                kind(due=bid.closes_at, version=bid.version),
                about=bid.code,
                at=at,
                to=audiences.organisation(bid.lead_id),
                once=f"bid:{bid.bid_id}:unsent:v{bid.version}:{bid.closes_at}:{hours}",
            )


def by_day(moment: datetime) -> datetime:
    """Return the last moment at or before ``moment`` at which people are awake in Beijing."""
    local = moment.astimezone(BEIJING)
    if local.time() < _WAKES:
        return datetime.combine(local.date() - timedelta(days=1), _SLEEPS, BEIJING) - _MINUTE
    if local.time() >= _SLEEPS:
        return datetime.combine(local.date(), _SLEEPS, BEIJING) - _MINUTE
    return local


_MINUTE: Final = timedelta(minutes=1)
