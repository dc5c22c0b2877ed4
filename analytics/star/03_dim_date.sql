-- Grain: day, from the first project to the last event or deadline. Working days follow the
-- published calendar; of a year that is not published they are plain weekdays.
SELECT d.day::DATE AS day, year(d.day) AS year, month(d.day) AS month,
       CASE WHEN c.kind = 'workday' THEN true
            WHEN c.kind = 'holiday' THEN false
            ELSE isodow(d.day) < 6 END AS is_working,
       year(d.day) IN (SELECT year FROM raw.calendar_year) AS is_published
FROM (
    SELECT unnest(generate_series(
        coalesce((SELECT min(created_at)::DATE FROM raw.project), DATE '2026-01-01'),
        greatest((SELECT present::DATE FROM raw.clock),
                 (SELECT max(changed_at)::DATE FROM raw.status_change),
                 (SELECT max(due_at)::DATE FROM raw.gate),
                 (SELECT max(due_on) FROM raw.milestone)),
        INTERVAL 1 DAY)) AS day
) d
LEFT JOIN raw.calendar_day c ON c.day = d.day::DATE
