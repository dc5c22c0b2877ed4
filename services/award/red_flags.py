"""The red flags of an intended award, computed from its rows whenever they are asked for."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlmodel import Session, col, select

from domain.award.red_flags import WINS_IN_A_ROW, AwardSeen, BidSeen, Flag
from domain.award.red_flags import red_flags as flags_of
from domain.calendar import BEIJING
from models import Award, Bid, BidMember, BidPayload, Call, Organisation, Project
from models.bid import BidStatus
from services.clock import work_calendar
from services.district.rounds import settings_of


def red_flags(session: Session, project: Project, award: Award) -> list[Flag]:
    """Return the flags to look at before ``award`` is confirmed."""
    rules = settings_of(session, project)
    bids = session.exec(
        select(Bid).where(
            Bid.project_id == project.id,
            col(Bid.status).in_([BidStatus.OPENED, BidStatus.VOID]),
            col(Bid.price).is_not(None),
        )
    ).all()
    ranked = {UUID(ranked_bid["bid"]): ranked_bid["place"] for ranked_bid in award.ranking}
    seen = _seen(session, [bid for bid in bids if bid.id in ranked])
    call = session.get_one(Call, session.get_one(Bid, award.bid_id).call_id)
    return flags_of(
        AwardSeen(
            [seen[bid_id] for bid_id in sorted(ranked, key=ranked.__getitem__) if bid_id in seen],
            call.ceiling or award.price,
            rules.second_approval_above,
            _window(session, call),
            rules.bid_window_days,
            {str(bid.receipt_no): bid.price for bid in bids if bid.id not in ranked and bid.price},
            _before(session, project),
        )
    )


def _seen(session: Session, bids: list[Bid]) -> dict[UUID, BidSeen]:
    ids = [bid.id for bid in bids]
    texts = {
        (bid_payload.bid_id, bid_payload.version): bid_payload.content or {}
        for bid_payload in session.exec(select(BidPayload).where(col(BidPayload.bid_id).in_(ids)))
    }
    leads: dict[UUID, str] = {}
    people: dict[UUID, set[str]] = {id_: set() for id_ in ids}
    for member, own in session.exec(
        select(BidMember, Organisation)
        .join(Organisation, col(Organisation.id) == BidMember.organisation_id)
        .where(col(BidMember.bid_id).in_(ids))
    ):
        people[member.bid_id].add(own.legal_representative)
        if member.is_lead:
            leads[member.bid_id] = own.name
    seen = {}
    for bid in bids:
        content = texts.get((bid.id, bid.version), {})
        text = "\n".join(str(content.get(part, "")) for part in ("plan", "team", "track_record"))
        seen[bid.id] = BidSeen(
            str(bid.receipt_no),
            leads[bid.id],
            bid.price or Decimal(0),
            text,
            frozenset(people[bid.id]),
        )
    return seen


def _window(session: Session, call: Call) -> int:
    """Return how many working days a call was open."""
    assert call.published_at is not None
    assert call.closes_at is not None
    calendar = work_calendar(session)
    first = call.published_at.astimezone(BEIJING).date() + timedelta(days=1)
    # It closes at a midnight: the day before is its last.
    last = (call.closes_at - timedelta(seconds=1)).astimezone(BEIJING).date()
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return sum(calendar.is_working(day) for day in days)


def _before(session: Session, project: Project) -> list[str]:
    """Return who led the last awards of the same street, the newest first."""
    return list(
        session.exec(
            select(Organisation.name)
            .join(Bid, col(Bid.lead_id) == Organisation.id)
            .join(Award, col(Award.bid_id) == Bid.id)
            .join(Project, col(Project.id) == Award.project_id)
            .where(
                Project.street_code == project.street_code,
                Project.id != project.id,
                col(Award.confirmed_at).is_not(None),
                col(Award.withdrawn_at).is_(None),
            )
            .order_by(col(Award.confirmed_at).desc())
            .limit(WINS_IN_A_ROW)
        ).all()
    )
