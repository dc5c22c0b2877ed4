-- Grain: gate.
SELECT g.code, g.process, g.stage, g.kind, g.round, g.opened_at, g.due_at, g.outcome, g.option, g.decided_at,
       round(date_diff('second', g.opened_at, g.decided_at) / 3600.0, 3) AS hours_to_decide,
       g.decided_at > g.due_at AS overdue, g.decisions, g.suspensions
FROM star.fact_gate g
ORDER BY g.code, g.opened_at
