-- Grain: project × stay in a status, the draft too. Working days between entering and leaving;
-- null while inside. Provisional where they count a year whose holidays are not published.
WITH stays AS (
    SELECT p.project_id, 'draft' AS status, p.created_at AS entered_at,
           (SELECT min(s.entered_at) FROM star.fact_status_change s
            WHERE s.project_id = p.project_id) AS left_at
    FROM star.dim_project p
    UNION ALL
    SELECT project_id, status_after, entered_at, left_at FROM star.fact_status_change
)
SELECT p.code, s.status,
       row_number() OVER (PARTITION BY p.code, s.status ORDER BY s.entered_at) AS stay,
       s.entered_at, s.entered_at::DATE AS entered_on, s.left_at, s.left_at::DATE AS left_on,
       round(date_diff('second', s.entered_at, s.left_at) / 86400.0, 3) AS days,
       CASE WHEN s.left_at IS NULL THEN NULL ELSE (
           SELECT count(*) FROM star.dim_date d
           WHERE d.is_working AND d.day > s.entered_at::DATE AND d.day <= s.left_at::DATE
       ) END AS working_days,
       s.left_at IS NOT NULL AND EXISTS (
           SELECT 1 FROM star.dim_date d WHERE NOT d.is_published
               AND d.day > s.entered_at::DATE AND d.day <= s.left_at::DATE
       ) AS provisional
FROM stays s
JOIN star.dim_project p ON p.project_id = s.project_id
WHERE s.status NOT IN ('closed', 'rejected', 'cancelled', 'no_award', 'terminated')
ORDER BY p.code, s.entered_at
