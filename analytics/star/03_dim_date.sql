-- Grain: day, from the first project to the last event. Working days follow the published calendar.
SELECT d.day::DATE AS day, year(d.day) AS year, month(d.day) AS month,
       CASE WHEN c.kind = 'workday' THEN true
            WHEN c.kind = 'holiday' THEN false
            ELSE isodow(d.day) < 6 END AS is_working
FROM (
    SELECT unnest(generate_series(
        coalesce((SELECT min(created_at)::DATE FROM raw.project), DATE '2026-01-01'),
        greatest(current_date,
                 coalesce((SELECT max(changed_at)::DATE FROM raw.status_change), current_date)),
        INTERVAL 1 DAY)) AS day
) d
LEFT JOIN raw.calendar_day c ON c.day = d.day::DATE
