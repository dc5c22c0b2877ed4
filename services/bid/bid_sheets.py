"""Opened bids side by side, for those who judge them; nothing of a bid before the opening."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlmodel import Session, col, select

from models import Award, Bid, BidContent, BidMember, BidPayload, Organisation, PanelScore, Project
from services.bid.opened_bids import opened_bids

_BLACK: Final = "■■"


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A member of a bidder with its share in percent and its work package."""

    name: str
    leads: bool
    share: Decimal
    work_package: str


class BidSheet(NamedTuple):
    """One opened bid; ``marks`` are the reader's own, never anybody else's.

    In a blind reading there are no members, and nothing in it tells whose bid it is.
    """

    receipt: str
    members: tuple[MemberLine, ...]
    price: Decimal
    content: BidContent
    eligibility: tuple[dict[str, Any], ...]
    marks: dict[str, str]
    remark: str
    id: UUID


def bidders(session: Session, bids: list[Bid]) -> dict[UUID, tuple[MemberLine, ...]]:
    """Return the members of each bid, the lead first: the envelope, not the content."""
    rows = session.exec(
        select(BidMember, Organisation)
        .join(Organisation, col(Organisation.id) == BidMember.organisation_id)
        .where(col(BidMember.bid_id).in_([bid.id for bid in bids]))
        .order_by(col(BidMember.is_lead).desc(), col(Organisation.name))
    ).all()
    by_bid: dict[UUID, tuple[MemberLine, ...]] = {bid.id: () for bid in bids}
    for member, organisation in rows:
        line = MemberLine(organisation.name, member.is_lead, member.share, member.work_package)
        by_bid[member.bid_id] += (line,)
    return by_bid


def bids_ranked(session: Session, award: Award) -> list[Bid]:
    """Return the bids that an award ranked, whatever has become of them."""
    ids = [UUID(ranked_bid["bid"]) for ranked_bid in award.ranking]
    return list(session.exec(select(Bid).where(col(Bid.id).in_(ids))).all())


def bid_sheets(
    session: Session, project: Project, person_id: UUID, *, blind: bool = False
) -> list[BidSheet]:
    """Return the opened bids of a project with the marks ``person_id`` has given in this round.

    ``blind`` leaves out whose they are, and blacks out the bidders' names in the plans.
    """
    bids = opened_bids(session, project)
    members = bidders(session, bids)
    payloads = {
        (bid_payload.bid_id, bid_payload.version): bid_payload
        for bid_payload in session.exec(
            select(BidPayload).where(col(BidPayload.bid_id).in_([bid.id for bid in bids]))
        )
    }
    own = {
        panel_score.bid_id: panel_score
        for panel_score in session.exec(
            select(PanelScore).where(
                PanelScore.project_id == project.id,
                PanelScore.round == project.stage_round,
                PanelScore.person_id == person_id,
                col(PanelScore.voided_at).is_(None),
            )
        )
    }
    sheets = [
        BidSheet(
            str(bid.receipt_no),
            members[bid.id],
            bid.price or Decimal(0),
            BidContent.model_validate(payloads[bid.id, bid.version].content),
            tuple(bid.eligibility),
            dict(own[bid.id].marks) if bid.id in own else {},
            own[bid.id].remark if bid.id in own else "",
            bid.id,
        )
        for bid in bids
    ]
    if not blind:
        return sheets
    names = sorted({line.name for sheet in sheets for line in sheet.members}, key=len, reverse=True)
    # Nor does the order tell: receipts are random.
    return sorted((_blinded(sheet, names) for sheet in sheets), key=lambda sheet: sheet.receipt)


def _blinded(sheet: BidSheet, names: Sequence[str]) -> BidSheet:
    def black(text: str) -> str:
        for name in names:
            text = text.replace(name, _BLACK)
        return text

    told = sheet.content
    return sheet._replace(
        members=(),
        eligibility=(),
        content=told.model_copy(
            update={
                "plan": black(told.plan),
                "team": _BLACK,
                "track_record": "",
                "conflicts": "",
                "files": [],
                "budget": [
                    budget_line.model_copy(update={"item": black(budget_line.item)})
                    for budget_line in told.budget
                ],
                "milestones": [
                    milestone.model_copy(update={"title": black(milestone.title)})
                    for milestone in told.milestones
                ],
            }
        ),
    )
