-- Grain: gate.
SELECT p.code, g.stage, g.kind, g.round, g.opened_at, g.due_at, g.outcome, g.option, g.decided_at,
       round(date_diff('second', g.opened_at, g.decided_at) / 3600.0, 3) AS hours_to_decide,
       g.decided_at > g.due_at AS overdue, g.decisions, g.suspensions
FROM star.fact_gate g
JOIN star.dim_project p ON p.project_id = g.project_id
ORDER BY p.code, g.opened_at
