"""What the snapshot takes from PostgreSQL: no names of people, nothing that is still sealed.

Exact decimals travel as text and become DECIMAL again in the star schema.
"""

from typing import Final

EXTRACTS: Final = {
    "project": """
        SELECT id::text, code, title, category, street_code, community_code, status, stage_round,
               beneficiaries, budget::text, created_at, closed_at FROM project""",
    "street": "SELECT code, name FROM street",
    "community": "SELECT code, name, street_code FROM community",
    "organisation": """
        SELECT id::text, name, org_stage, grade, alliance FROM organisation""",
    "need": """
        SELECT id::text, code, category, street_code, community_code, supporters, reported_on,
               status, source FROM need""",
    "project_need": "SELECT need_id::text, project_id::text FROM project_need",
    "status_change": """
        SELECT id::text, project_id::text, before, action, after, changed_at FROM status_change""",
    "gate": """
        SELECT g.id::text, p.project_id::text, coalesce(l.code, a.code, c.code) AS code,
               p.definition, g.stage, g.kind, g.round, g.opened_at,
               g.due_at, g.outcome, g.option, g.decided_at, g.passed_at, g.parked_wake
        FROM gate g JOIN process p ON p.id = g.process_id
        LEFT JOIN project l ON l.id = p.id
        LEFT JOIN corrective_action a ON a.id = p.id
        LEFT JOIN conduct_list c ON c.id = p.id""",
    "decision": """
        SELECT d.id::text, d.gate_id::text, d.verb, d.option, d.seat, d.channel, d.decided_at
        FROM decision d""",
    "call": """
        SELECT id::text, project_id::text, version, ceiling::text, published_at, closes_at, extended
        FROM call""",
    "bid": """
        SELECT b.id::text, b.call_id::text, b.project_id::text, b.lead_id::text, b.status,
               b.version, b.price::text, b.submitted_at,
               (SELECT count(*) FROM bid_member m WHERE m.bid_id = b.id) AS members
        FROM bid b WHERE b.status = 'opened'""",
    "award": """
        SELECT project_id::text, round, bid_id::text, total::text, price::text, confirmed_at
        FROM award WHERE confirmed_at IS NOT NULL AND withdrawn_at IS NULL""",
    "assessment_result": """
        SELECT project_id::text, round, value::text, grade, spread::text, flagged, confirmed_at
        FROM assessment_result WHERE confirmed_at IS NOT NULL""",
    "assessment_party": """
        SELECT r.project_id::text, r.round, p ->> 'party' AS party, p ->> 'mean' AS mean,
               p ->> 'weight' AS weight, p ->> 'points' AS points,
               (p ->> 'answers')::int AS answers
        FROM assessment_result r, jsonb_array_elements(r.parties) p
        WHERE r.confirmed_at IS NOT NULL""",
    "check_run": """
        SELECT id::text, project_id::text, suite, round, passed, expectations, critical, warnings,
               milliseconds, checked_at FROM check_run WHERE project_id IS NOT NULL""",
    "calendar_day": "SELECT day, kind FROM calendar_day",
}
