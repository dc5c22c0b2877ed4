-- Grain: gate. A timer that comes due is no delay; an approval that waits past its day is one.
SELECT g.code, g.process, g.stage, g.kind, g.round, g.opened_at, g.opened_on, g.due_at, g.due_on,
       g.provisional, g.outcome, g.option, g.decided_at, g.decided_on,
       round(date_diff('second', g.opened_at, g.decided_at) / 3600.0, 3) AS hours_to_decide,
       g.kind <> 'timer' AND g.due_at IS NOT NULL
           AND coalesce(g.decided_at, (SELECT present FROM raw.clock)) >= g.due_at AS overdue,
       g.decisions, g.suspensions
FROM star.fact_gate g
ORDER BY g.code, g.opened_at
