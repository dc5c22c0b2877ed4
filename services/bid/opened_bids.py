"""The bids of a project that were opened and lie before its panel."""

from sqlmodel import Session, col, select

from domain.errors import NotFound
from domain.text import Text
from models import Bid, Project
from models.bid import BidStatus


def opened_bids(session: Session, project: Project) -> list[Bid]:
    """Return the bids before the panel."""
    return list(
        session.exec(
            select(Bid)
            .where(Bid.project_id == project.id, Bid.status == BidStatus.OPENED)
            .order_by(col(Bid.receipt_no))
        ).all()
    )


def bid_receipted(session: Session, project: Project, receipt: str) -> Bid:
    """Return a project's bid by the number of its receipt; raise NotFound."""
    bid = session.exec(
        select(Bid).where(Bid.project_id == project.id, Bid.receipt_no == receipt)
    ).one_or_none()
    if bid is None:
        raise NotFound(what=Text("意向书", "bid"), key=receipt)
    return bid
