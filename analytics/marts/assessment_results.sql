-- Grain: project × party of a confirmed assessment.
SELECT p.code, l.street, a.party, a.answers, a.mean_score, a.weight_percent, a.points,
       CAST(r.value AS DECIMAL(5, 2)) AS result, r.grade,
       CAST(r.spread AS DECIMAL(5, 2)) AS spread, r.flagged
FROM star.fact_assessment a
JOIN raw.assessment_result r ON r.project_id = a.project_id AND r.round = a.round
JOIN star.dim_project p ON p.project_id = a.project_id
JOIN star.dim_place l ON l.community_code = p.community_code
ORDER BY p.code, a.party
