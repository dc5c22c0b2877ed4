-- Grain: project.
SELECT p.id AS project_id, p.code, p.title, p.category, p.community_code, p.status,
       p.beneficiaries::BIGINT AS beneficiaries, CAST(p.budget AS DECIMAL(14, 2)) AS budget_yuan,
       p.created_at, p.closed_at,
       (SELECT count(*) FROM raw.project_need n WHERE n.project_id = p.id) AS needs
FROM raw.project p
