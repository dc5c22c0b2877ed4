-- Grain: project. Money by what it is: awarded by the ranking, agreed by the signed agreement, due
-- by accepted milestones, paid by released ones, returned to the budget what an ended project was
-- agreed and is not due; null where there is none.
SELECT p.code, p.title, p.category, l.street, l.community, p.status, p.needs, p.beneficiaries,
       p.budget_yuan, p.created_at, p.created_on, p.closed_at, p.closed_on,
       round(date_diff('minute', p.created_at, p.closed_at) / 1440.0, 2) AS days_open,
       coalesce(g.gates, 0) AS gates, coalesce(g.suspensions, 0) AS suspensions,
       coalesce(g.returned, 0) AS returned, coalesce(g.repairs, 0) AS repairs,
       o.organisation AS supplier,
       CASE WHEN b.bid_id IS NOT NULL THEN
           (SELECT count(*) - 1 FROM star.fact_bid_member m WHERE m.bid_id = b.bid_id)
       END AS partners,
       b.price_yuan AS awarded_yuan, CAST(a.amount AS DECIMAL(14, 2)) AS agreed_yuan,
       i.due_yuan, i.paid_yuan, i.returned_yuan,
       CAST(r.value AS DECIMAL(5, 2)) AS result, r.grade
FROM star.dim_project p
JOIN star.dim_place l ON l.community_code = p.community_code
LEFT JOIN (
    SELECT project_id, count(*) AS gates, sum(suspensions)::BIGINT AS suspensions,
           count(*) FILTER (WHERE outcome = 'returned') AS returned,
           count(*) FILTER (WHERE kind = 'repair') AS repairs
    FROM star.fact_gate WHERE process = 'project-lifecycle' GROUP BY project_id
) g ON g.project_id = p.project_id
LEFT JOIN star.fact_bid b ON b.project_id = p.project_id AND b.awarded
LEFT JOIN star.dim_organisation o ON o.organisation_id = b.organisation_id
LEFT JOIN raw.agreement a ON a.project_id = p.project_id
LEFT JOIN (
    SELECT project_id, CAST(sum(due_yuan) AS DECIMAL(14, 2)) AS due_yuan,
           CAST(sum(paid_yuan) AS DECIMAL(14, 2)) AS paid_yuan,
           CAST(sum(returned_yuan) AS DECIMAL(14, 2)) AS returned_yuan
    FROM star.fact_instalment GROUP BY project_id
) i ON i.project_id = p.project_id
LEFT JOIN (SELECT DISTINCT ON (project_id) * FROM raw.assessment_result
           ORDER BY project_id, round DESC) r ON r.project_id = p.project_id
ORDER BY p.code
