-- Grain: gate.
SELECT g.id AS gate_id, g.project_id, g.code, split_part(g.definition, '/', 1) AS process, g.stage, g.kind, g.round, g.opened_at, g.due_at, g.outcome,
       g.option, g.decided_at, g.parked_wake AS suspensions,
       coalesce(d.decisions, 0) AS decisions
FROM raw.gate g
LEFT JOIN (SELECT gate_id, count(*) AS decisions FROM raw.decision GROUP BY gate_id) d
  ON d.gate_id = g.id
