-- Grain: opened bid. Bids that are still sealed are not here.
SELECT b.id AS bid_id, b.project_id, b.lead_id AS organisation_id, b.members, b.submitted_at,
       CAST(b.price AS DECIMAL(14, 2)) AS price_yuan, a.bid_id IS NOT NULL AS awarded
FROM raw.bid b
LEFT JOIN (SELECT DISTINCT ON (project_id) project_id, bid_id FROM raw.award
           ORDER BY project_id, round DESC) a ON a.bid_id = b.id
