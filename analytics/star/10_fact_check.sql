-- Grain: one run of one data check suite.
SELECT id AS check_run_id, project_id, suite, round, passed, expectations, critical, warnings,
       milliseconds, checked_at, checked_at::DATE AS checked_on
FROM raw.check_run
