"""Opened bids side by side, for those who judge them; nothing of a bid before the opening."""

from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlmodel import Session, col, select

from models import Bid, BidContent, BidMember, BidPayload, Organisation, PanelScore, Project
from services.award.panels import opened_bids


class MemberLine(NamedTuple):
    """A member of a bidder with its share in percent."""

    name: str
    leads: bool
    share: Decimal


class BidSheet(NamedTuple):
    """One opened bid; ``marks`` are the reader's own, never anybody else's."""

    receipt: str
    members: tuple[MemberLine, ...]
    price: Decimal
    content: BidContent
    eligibility: tuple[dict[str, Any], ...]
    marks: dict[str, str]


def bidders(session: Session, bids: list[Bid]) -> dict[UUID, tuple[MemberLine, ...]]:
    """Return the members of each bid, the lead first: the envelope, not the content."""
    rows = session.exec(
        select(BidMember, Organisation)
        .join(Organisation, col(Organisation.id) == BidMember.organisation_id)
        .where(col(BidMember.bid_id).in_([one.id for one in bids]))
        .order_by(col(BidMember.is_lead).desc(), col(Organisation.name))
    ).all()
    found: dict[UUID, tuple[MemberLine, ...]] = {one.id: () for one in bids}
    for member, organisation in rows:
        line = MemberLine(organisation.name, member.is_lead, member.share)
        found[member.bid_id] += (line,)
    return found


def bid_sheets(session: Session, project: Project, person_id: UUID) -> list[BidSheet]:
    """Return the opened bids of a project with the marks ``person_id`` has given in this round."""
    bids = opened_bids(session, project)
    members = bidders(session, bids)
    payloads = {
        (one.bid_id, one.version): one
        for one in session.exec(
            select(BidPayload).where(col(BidPayload.bid_id).in_([one.id for one in bids]))
        )
    }
    own = {
        one.bid_id: one.marks
        for one in session.exec(
            select(PanelScore).where(
                PanelScore.project_id == project.id,
                PanelScore.round == project.stage_round,
                PanelScore.person_id == person_id,
                col(PanelScore.voided_at).is_(None),
            )
        )
    }
    return [
        BidSheet(
            str(one.receipt_no),
            members[one.id],
            one.price or Decimal(0),
            BidContent.model_validate(payloads[one.id, one.version].content),
            tuple(one.eligibility),
            own.get(one.id, {}),
        )
        for one in bids
    ]
