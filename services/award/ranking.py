"""Award 承榜: the ranking of the bids, with its arithmetic."""

from datetime import datetime
from decimal import Decimal

from sqlmodel import Session, col, select

from domain.calendar import BEIJING
from domain.scoring import Entry, rank, weighted_total
from models import Award, Opening, Panel, Project
from services.award.panel_scores import sheets_by_bid
from services.award.panel_seats import opened_bids
from services.conduct.credit import credit_of
from services.gates.dossiers import current_call
from services.gates.policies import settings_of


def rank_bids(session: Session, project: Project, at: datetime) -> dict[str, object]:
    """Rank the opened bids by the call's rubric and write the award it leads to."""
    call = current_call(session, project)
    panel = session.get_one(Panel, (project.id, project.stage_round))
    opening = session.exec(
        select(Opening).where(Opening.project_id == project.id).order_by(col(Opening.round).desc())
    ).first()
    assert call is not None
    assert opening is not None
    rubric = {k: Decimal(v) for k, v in call.rubric.items()}
    base = Decimal(settings_of(session, project)["credit_base"])
    today = at.astimezone(BEIJING).date()
    sheets = sheets_by_bid(session, project)
    totals, entries = {}, []
    for bid in opened_bids(session, project):
        totals[bid.id] = weighted_total(rubric, sheets[bid.id], trim=panel.trim)
        assert bid.price is not None
        credit = credit_of(session, bid.lead_id, base=base, today=today)
        entries.append(Entry(bid.id, totals[bid.id].value, bid.price, credit))
    ranked = rank(entries, seed=opening.seed)
    receipts = {bid.id: bid.receipt_no for bid in opened_bids(session, project)}
    first = ranked[0].entry
    award = Award(
        project_id=project.id,
        round=project.stage_round,
        bid_id=first.bid,
        total=first.total,
        price=first.price,
        ranking=[
            {
                "place": one.place,
                "bid": str(one.entry.bid),
                "receipt": receipts[one.entry.bid],
                "total": str(one.entry.total),
                "price": str(one.entry.price),
                "credit": str(one.entry.credit),
                "tie_break": one.tie_break,
                "lines": [
                    [line.criterion, str(line.mean), str(line.weight), str(line.points)]
                    for line in totals[one.entry.bid].lines
                ],
            }
            for one in ranked
        ],
        assessment=settings_of(session, project)["assessment"],
        ranked_at=at,
    )
    session.add(award)
    session.flush()
    return {"bids": len(ranked)}
