-- Grain: project × party of a confirmed assessment.
SELECT project_id, round, party, CAST(mean AS DECIMAL(5, 2)) AS mean_score,
       CAST(weight AS DECIMAL(5, 2)) AS weight_percent, CAST(points AS DECIMAL(7, 4)) AS points,
       answers
FROM raw.assessment_party
