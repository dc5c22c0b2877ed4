-- Grain: organisation.
SELECT id AS organisation_id, name AS organisation, org_stage, grade, alliance
FROM raw.organisation
