-- Grain: one move of a project. left_at is when the next move came, null while it stands there.
SELECT *, entered_at::DATE AS entered_on, left_at::DATE AS left_on
FROM (
    SELECT id AS status_change_id, project_id, before AS status_before, action,
           after AS status_after, changed_at AS entered_at,
           lead(changed_at) OVER (PARTITION BY project_id ORDER BY changed_at) AS left_at
    FROM raw.status_change
)
