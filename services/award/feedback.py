"""What a bidder is told of its own bid once the award is confirmed: the marks, and why."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlmodel import Session, col, select

from models import Award, Bid, PanelScore
from services.bid.bid_page import BidPage


@dataclass(frozen=True, slots=True)
class FeedbackLine:
    """One criterion: the bid's mean, the mean of the bid that was ranked first, and the weight."""

    criterion: str
    mean: Decimal
    first: Decimal
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Feedback:
    """A bid's place among how many, its total, its marks, and remarks without names."""

    place: int
    bids: int
    total: Decimal
    first: Decimal
    lines: tuple[FeedbackLine, ...]
    remarks: tuple[str, ...]


def feedback_for(session: Session, page: BidPage) -> Feedback | None:
    """Return the feedback on the bid of ``page`` to readers with a part in it, None to others."""
    return feedback_on(session, page.bid) if page.bid and page.within else None


def feedback_on(session: Session, bid: Bid) -> Feedback | None:
    """Return the feedback on a bid, None before its award is confirmed or where it was not ranked.

    Other bidders' marks are not told but those of the bid ranked first, which the notice names.
    """
    award = session.exec(
        select(Award)
        .where(Award.project_id == bid.project_id, col(Award.confirmed_at).is_not(None))
        .order_by(col(Award.round).desc())
    ).first()
    if award is None:
        return None
    by_bid = {UUID(ranked["bid"]): ranked for ranked in award.ranking}
    if bid.id not in by_bid:
        return None
    own, first = by_bid[bid.id], award.ranking[0]
    best = {name: Decimal(mean) for name, mean, *_ in first["lines"]}
    remarks = session.exec(
        select(PanelScore.remark)
        .where(
            PanelScore.bid_id == bid.id,
            PanelScore.round == award.round,
            col(PanelScore.voided_at).is_(None),
            PanelScore.remark != "",
        )
        .order_by(col(PanelScore.id))
    ).all()
    return Feedback(
        own["place"],
        len(by_bid),
        Decimal(own["total"]),
        Decimal(first["total"]),
        tuple(
            FeedbackLine(name, Decimal(mean), best[name], Decimal(weight))
            for name, mean, weight, _ in own["lines"]
        ),
        tuple(remarks),
    )
