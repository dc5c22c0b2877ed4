-- Grain: project × stay in a status. Working days between entering and leaving; null while inside.
SELECT p.code, s.status_after AS status,
       row_number() OVER (PARTITION BY p.code, s.status_after ORDER BY s.entered_at) AS stay,
       s.entered_at, s.left_at,
       round(date_diff('second', s.entered_at, s.left_at) / 86400.0, 3) AS days,
       CASE WHEN s.left_at IS NULL THEN NULL ELSE (
           SELECT count(*) FROM star.dim_date d
           WHERE d.is_working AND d.day > s.entered_at::DATE AND d.day <= s.left_at::DATE
       ) END AS working_days
FROM star.fact_status_change s
JOIN star.dim_project p ON p.project_id = s.project_id
WHERE s.status_after NOT IN ('closed', 'rejected', 'cancelled', 'no_award', 'terminated')
ORDER BY p.code, s.entered_at
