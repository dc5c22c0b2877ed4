-- Grain: gate. A deadline at the end of a day is that day's: due_on is the last day in time.
SELECT g.id AS gate_id, g.project_id, g.code, split_part(g.definition, '/', 1) AS process, g.stage,
       g.kind, g.round, g.opened_at, g.opened_at::DATE AS opened_on,
       g.due_at, CAST(g.due_at - INTERVAL 1 MICROSECOND AS DATE) AS due_on,
       g.due_provisional AS provisional, g.outcome,
       g.option, g.decided_at, g.decided_at::DATE AS decided_on, g.parked_wake AS suspensions,
       coalesce(d.decisions, 0) AS decisions
FROM raw.gate g
LEFT JOIN (SELECT gate_id, count(*) AS decisions FROM raw.decision GROUP BY gate_id) d
  ON d.gate_id = g.id
