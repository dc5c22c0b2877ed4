-- Grain: project that was put on the board. While bids are sealed nobody knows how many there are:
-- the counts are null.
WITH newest AS (
    SELECT DISTINCT ON (project_id) project_id, CAST(ceiling AS DECIMAL(14, 2)) AS ceiling_yuan,
           published_at, closes_at, extended
    FROM raw.call WHERE published_at IS NOT NULL ORDER BY project_id, version DESC
), bids AS (
    SELECT project_id,
           count(*) FILTER (WHERE state IN ('opened', 'out')) AS bids,
           count(*) FILTER (WHERE state IN ('opened', 'out') AND members > 1) AS consortia,
           count(*) FILTER (WHERE state IN ('void', 'mismatch')) AS voided,
           count(*) FILTER (WHERE state = 'withdrawn') AS withdrawn,
           min(price_yuan) FILTER (WHERE state = 'opened') AS lowest_yuan,
           max(price_yuan) FILTER (WHERE state = 'opened') AS highest_yuan,
           max(price_yuan) FILTER (WHERE awarded) AS awarded_yuan
    FROM star.fact_bid GROUP BY project_id
), known AS (
    SELECT project_id FROM raw.opening
    UNION SELECT project_id FROM star.dim_project
          WHERE status IN ('rejected', 'cancelled', 'no_award', 'terminated', 'closed')
)
SELECT p.code, p.category, l.street, c.ceiling_yuan, c.published_at,
       c.published_at::DATE AS published_on, c.closes_at,
       CAST(c.closes_at - INTERVAL 1 MICROSECOND AS DATE) AS closes_on, c.extended,
       CASE WHEN k.project_id IS NOT NULL THEN coalesce(b.bids, 0) END AS bids,
       CASE WHEN k.project_id IS NOT NULL THEN coalesce(b.consortia, 0) END AS consortia,
       coalesce(b.voided, 0) AS voided,
       CASE WHEN k.project_id IS NOT NULL THEN coalesce(b.withdrawn, 0) END AS withdrawn,
       b.lowest_yuan, b.highest_yuan, b.awarded_yuan,
       round(1 - b.awarded_yuan / c.ceiling_yuan, 4) AS saving
FROM newest c
JOIN star.dim_project p ON p.project_id = c.project_id
JOIN star.dim_place l ON l.community_code = p.community_code
LEFT JOIN known k ON k.project_id = c.project_id
LEFT JOIN bids b ON b.project_id = c.project_id
ORDER BY p.code
