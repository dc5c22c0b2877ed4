"""Award 承榜: the ranking of the bids, with its arithmetic."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from domain.award.scoring import Entry, rank, weighted_total
from models import Award, Bid, Call, Opening, Panel, Project
from services.award.panel_scores import present_panel, sheets_by_bid
from services.bid.opened_bids import opened_bids
from services.district.rounds import settings_of, stored_settings
from services.ledgers.credit import credit_at


def rank_bids(session: Session, project: Project, at: datetime) -> dict[str, object]:
    """Rank the opened bids by the call's rubric and write the award it leads to."""
    panel = present_panel(session, project)
    ranking = ranking_of(session, project, panel, opened_bids(session, project), at)
    first = ranking[0]
    session.add(
        Award(
            project_id=project.id,
            round=project.stage_round,
            bid_id=UUID(first["bid"]),
            total=Decimal(first["total"]),
            price=Decimal(first["price"]),
            ranking=ranking,
            assessment=stored_settings(session, project)["assessment"],
            ranked_at=at,
        )
    )
    session.flush()
    return {"bids": len(ranking)}


def ranking_of(
    session: Session, project: Project, panel: Panel, bids: Sequence[Bid], at: datetime
) -> list[dict[str, Any]]:
    """Return the ranking of ``bids`` at a time, from the panel's sheets, as an award keeps it.

    Totals and arithmetic as ``domain.award.scoring`` gives them; credit as it stood then.
    """
    call = session.get_one(Call, bids[0].call_id)
    opening = session.exec(
        select(Opening)
        .where(Opening.project_id == project.id, col(Opening.opened_at) <= at)
        .order_by(col(Opening.round).desc())
    ).first()
    assert opening is not None
    rubric = {k: Decimal(v) for k, v in call.rubric.items()}
    base = settings_of(session, project).credit_base
    sheets = sheets_by_bid(session, panel, bids)
    totals, entries = {}, []
    for bid in bids:
        totals[bid.id] = weighted_total(rubric, sheets[bid.id], trim=panel.trim)
        assert bid.price is not None
        credit = credit_at(session, bid.lead_id, base=base, at=at)
        entries.append(Entry(bid.id, totals[bid.id].value, bid.price, credit))
    receipts = {bid.id: bid.receipt_no for bid in bids}
    return [
        {
            "place": ranked.place,
            "bid": str(ranked.entry.bid),
            "receipt": receipts[ranked.entry.bid],
            "total": str(ranked.entry.total),
            "price": str(ranked.entry.price),
            "credit": str(ranked.entry.credit),
            "tie_break": ranked.tie_break,
            "lines": [
                [line.criterion, str(line.mean), str(line.weight), str(line.points)]
                for line in totals[ranked.entry.bid].lines
            ],
        }
        for ranked in rank(entries, seed=opening.seed)
    ]
