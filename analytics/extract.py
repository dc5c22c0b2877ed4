"""What the snapshot takes from PostgreSQL: no names of people, nothing that is still sealed.

Exact decimals travel as text and become DECIMAL again in the star schema.
"""

from typing import Final

EXTRACTS: Final = {
    "clock": """
        SELECT clock_timestamp() + make_interval(secs => coalesce(
            (SELECT clock_offset FROM platform WHERE id = 1), 0)) AS present""",
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
               g.due_at, g.due_provisional, g.outcome, g.option, g.decided_at, g.passed_at, g.parked_wake
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
    # A bid is here once it was opened, or once it can never be: its call was superseded, or its
    # project is over. Until then nobody learns that it exists.
    "bid": """
        SELECT b.id::text, b.project_id::text, c.version AS call_version, b.lead_id::text,
               b.price::text, b.submitted_at, o.opened_at,
               (SELECT count(*) FROM bid_member m WHERE m.bid_id = b.id) AS members,
               CASE WHEN o.opened_at IS NULL
                    THEN CASE WHEN b.withdrawn_at > b.submitted_at THEN 'withdrawn' ELSE 'void' END
                    WHEN NOT o.matches THEN 'mismatch'
                    WHEN b.status = 'void' THEN 'out' ELSE 'opened' END AS state
        FROM bid b JOIN call c ON c.id = b.call_id JOIN project p ON p.id = b.project_id
        LEFT JOIN LATERAL (
            SELECT o.opened_at, (x ->> 'matches')::bool AS matches
            FROM opening o, jsonb_array_elements(o.commitments) x
            WHERE o.project_id = b.project_id AND x ->> 'receipt' = b.receipt_no
            ORDER BY o.opened_at DESC LIMIT 1
        ) o ON true
        WHERE b.version > 0 AND (o.opened_at IS NOT NULL OR c.superseded_at IS NOT NULL
            OR p.status IN ('rejected', 'cancelled', 'no_award', 'terminated', 'closed'))""",
    "opening": "SELECT project_id::text, max(opened_at) AS opened_at FROM opening GROUP BY 1",
    "award": """
        SELECT project_id::text, round, bid_id::text, price::text, confirmed_at, withdrawn_at
        FROM award WHERE confirmed_at IS NOT NULL""",
    "agreement": """
        SELECT DISTINCT ON (g.project_id) g.id::text, g.project_id::text, g.amount::text
        FROM agreement g JOIN status_change s
          ON s.project_id = g.project_id AND s.action = 'sign_agreement'
        ORDER BY g.project_id, g.round DESC""",
    "milestone": """
        SELECT id::text, agreement_id::text, project_id::text, number, due_on, amount::text,
               accepted_amount::text, accepted_at, released_at FROM milestone""",
    "bid_member": """
        SELECT m.bid_id::text, m.organisation_id::text, m.share::text
        FROM bid_member m WHERE EXISTS (
            SELECT 1 FROM award a WHERE a.bid_id = m.bid_id AND a.confirmed_at IS NOT NULL
                AND a.withdrawn_at IS NULL)""",
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
        SELECT c.id::text, p.project_id::text, c.suite, c.round, c.passed, c.expectations,
               c.critical, c.warnings, c.milliseconds, c.checked_at
        FROM check_run c JOIN process p ON p.id = c.process_id WHERE p.project_id IS NOT NULL""",
    "calendar_day": "SELECT day, kind FROM calendar_day",
    "calendar_year": "SELECT year FROM calendar_year",
}
