"""What came of a round, counted in the database."""

from typing import Any

from sqlalchemy import text
from sqlmodel import Session

_COUNTS = {
    "gates_decided": "SELECT count(*) FROM gate WHERE outcome IS NOT NULL",
    "decisions": "SELECT count(*) FROM decision",
    "suspensions": "SELECT coalesce(sum(parked_wake), 0) FROM gate",
    "checks_run": "SELECT count(*) FROM check_run WHERE process_id IS NOT NULL",
    "checks_failed": "SELECT count(*) FROM check_run WHERE NOT passed",
    "repairs": "SELECT count(*) FROM gate WHERE kind = 'repair' AND outcome = 'approved'",
    "returned": "SELECT count(*) FROM gate WHERE outcome = 'returned'",
    "needs": "SELECT count(*) FROM need",
    "merged_needs": "SELECT count(*) FROM need WHERE status = 'merged'",
    "needs_awaiting_place": "SELECT count(*) FROM need WHERE status = 'awaiting_place'",
    "quarantined_rows": "SELECT count(*) FROM quarantined_row",
    "organisations": "SELECT count(*) FROM organisation",
    "bids": "SELECT count(*) FROM bid WHERE version > 0",
    "consortia": "SELECT count(*) FROM bid b WHERE version > 0 AND "
    "(SELECT count(*) FROM bid_member m WHERE m.bid_id = b.id) > 1",
    "late_bids_refused": "SELECT count(*) FROM audit_entry WHERE action = 'bid.refused' "
    "AND facts ->> 'why' = 'call-closed'",
    "awards": "SELECT count(*) FROM award WHERE confirmed_at IS NOT NULL",
    "complaints": "SELECT count(*) FROM complaint",
    "healed": "SELECT count(*) FROM corrective_action WHERE status = 'healed'",
    "exits": "SELECT count(*) FROM corrective_action WHERE status = 'exited'",
    "lists": "SELECT count(*) FROM conduct_list WHERE status = 'published'",
    "red_entries": "SELECT count(*) FROM conduct_entry WHERE colour = 'red'"
    " AND listed_on IS NOT NULL",
    "black_entries": "SELECT count(*) FROM conduct_entry WHERE colour = 'black'"
    " AND listed_on IS NOT NULL AND reply IS NOT NULL",
    "consortium_wins": "SELECT count(*) FROM award a WHERE a.confirmed_at IS NOT NULL AND "
    "(SELECT count(*) FROM bid_member m WHERE m.bid_id = a.bid_id) > 1",
    "recusals": "SELECT count(*) FROM panel_member WHERE recused_at IS NOT NULL",
    "reserves_seated": "SELECT count(*) FROM panel_member WHERE replaces_id IS NOT NULL",
    "panel_meetings": "SELECT count(*) FROM panel WHERE moderated_at IS NOT NULL",
    "blind_readings": "SELECT count(DISTINCT project_id) FROM panel_member"
    " WHERE reread_at IS NOT NULL",
    "objections_upheld": "SELECT count(*) FROM objection WHERE upheld",
    "objections_dismissed": "SELECT count(*) FROM objection WHERE NOT upheld",
    "paper_answers": "SELECT count(*) FROM assessment_response WHERE on_paper",
    "reports": "SELECT count(*) FROM report",
    "audit_entries": "SELECT count(*) FROM audit_entry",
    "open_incidents": "SELECT count(*) FROM incident WHERE closed_at IS NULL",
}


def count(session: Session) -> dict[str, Any]:
    """Return the totals of a database."""
    totals: dict[str, Any] = {
        "projects": {
            status: number
            for status, number in session.execute(
                text("SELECT status, count(*) FROM project GROUP BY status ORDER BY status")
            )
        }
    }
    for name, query in _COUNTS.items():
        totals[name] = int(session.execute(text(query)).scalar_one())
    return totals
