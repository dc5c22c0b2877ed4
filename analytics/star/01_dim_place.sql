-- Grain: community. A community belongs to one street.
SELECT c.code AS community_code, c.name AS community, s.code AS street_code, s.name AS street
FROM raw.community c
JOIN raw.street s ON s.code = c.street_code
