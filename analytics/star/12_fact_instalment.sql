-- Grain: milestone of a signed agreement. Due is what is accepted, were it in part, paid once it is
-- released. What was agreed and is not due when the project has ended returns to the budget.
SELECT m.id AS milestone_id, m.project_id, m.number, m.due_on,
       m.accepted_at, m.accepted_at::DATE AS accepted_on,
       m.released_at, m.released_at::DATE AS released_on,
       CAST(m.amount AS DECIMAL(14, 2)) AS agreed_yuan,
       CAST(m.accepted_amount AS DECIMAL(14, 2)) AS due_yuan,
       CASE WHEN m.released_at IS NULL THEN 0
            ELSE CAST(m.accepted_amount AS DECIMAL(14, 2)) END AS paid_yuan,
       CASE WHEN p.status IN ('closed', 'terminated')
            THEN CAST(m.amount AS DECIMAL(14, 2)) - CAST(m.accepted_amount AS DECIMAL(14, 2))
            ELSE 0 END AS returned_yuan
FROM raw.milestone m
JOIN raw.agreement a ON a.id = m.agreement_id
JOIN raw.project p ON p.id = m.project_id
