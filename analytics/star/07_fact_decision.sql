-- Grain: one decision of one person; the person is left out.
SELECT id AS decision_id, gate_id, verb, option, channel, decided_at,
       decided_at::DATE AS decided_on
FROM raw.decision
