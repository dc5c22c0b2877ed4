-- Grain: project. Titles are masked as on the public pages.
SELECT p.id AS project_id, p.code, mask(p.title) AS title, p.category, p.community_code, p.status,
       p.beneficiaries::BIGINT AS beneficiaries, CAST(p.budget AS DECIMAL(14, 2)) AS budget_yuan,
       p.created_at, p.created_at::DATE AS created_on, p.closed_at, p.closed_at::DATE AS closed_on,
       (SELECT count(*) FROM raw.project_need n WHERE n.project_id = p.id) AS needs
FROM raw.project p
