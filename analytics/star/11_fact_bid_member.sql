-- Grain: member of the consortium, or the one organisation, that an award stands for.
SELECT m.bid_id, b.project_id, m.organisation_id, m.organisation_id = b.lead_id AS leads,
       CAST(m.share AS DECIMAL(6, 3)) AS share_percent
FROM raw.bid_member m JOIN raw.bid b ON b.id = m.bid_id
