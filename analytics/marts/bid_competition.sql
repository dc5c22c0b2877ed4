-- Grain: project that was put on the board.
WITH newest AS (
    SELECT DISTINCT ON (project_id) project_id, CAST(ceiling AS DECIMAL(14, 2)) AS ceiling_yuan,
           published_at, closes_at, extended
    FROM raw.call WHERE published_at IS NOT NULL ORDER BY project_id, version DESC
), bids AS (
    SELECT project_id, count(*) AS bids, count(*) FILTER (WHERE members > 1) AS consortia,
           min(price_yuan) AS lowest_yuan, max(price_yuan) AS highest_yuan,
           max(price_yuan) FILTER (WHERE awarded) AS awarded_yuan
    FROM star.fact_bid GROUP BY project_id
)
SELECT p.code, p.category, l.street, c.ceiling_yuan, c.published_at, c.closes_at, c.extended,
       coalesce(b.bids, 0) AS bids, coalesce(b.consortia, 0) AS consortia,
       b.lowest_yuan, b.highest_yuan, b.awarded_yuan,
       round(1 - b.awarded_yuan / c.ceiling_yuan, 4) AS saving
FROM newest c
JOIN star.dim_project p ON p.project_id = c.project_id
JOIN star.dim_place l ON l.community_code = p.community_code
LEFT JOIN bids b ON b.project_id = c.project_id
ORDER BY p.code
