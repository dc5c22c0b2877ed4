-- Grain: bid that was opened, or that never will be. Bids that are still sealed are not here.
-- Of a bid that was not awarded the bidder is not told, and its price once the ranking is confirmed.
WITH standing AS (
    SELECT a.project_id, a.bid_id FROM raw.award a JOIN raw.project p ON p.id = a.project_id
    WHERE a.withdrawn_at IS NULL AND p.status <> 'cancelled'
)
SELECT b.id AS bid_id, b.project_id, b.call_version, b.state, b.members, b.submitted_at,
       b.submitted_at::DATE AS submitted_on, b.opened_at, b.opened_at::DATE AS opened_on,
       CASE WHEN b.project_id IN (SELECT project_id FROM raw.award)
            THEN CAST(b.price AS DECIMAL(14, 2)) END AS price_yuan,
       CASE WHEN b.project_id IN (SELECT project_id FROM raw.award)
            THEN s.bid_id IS NOT NULL END AS awarded,
       CASE WHEN s.bid_id IS NOT NULL THEN b.lead_id END AS organisation_id
FROM raw.bid b LEFT JOIN standing s ON s.bid_id = b.id
