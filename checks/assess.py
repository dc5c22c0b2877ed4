"""Assess 考榜: all four parties answered enough, and the result follows from their answers."""

from checks.suite import Severity, Suite, at_least, between, contains, rows
from domain.award.scoring import Party
from domain.text import Text

SUITE = Suite(
    name="assess",
    sql="""
WITH result AS (SELECT * FROM assessment_result WHERE project_id = :process AND round = :round),
frozen AS (SELECT assessment FROM award WHERE project_id = :process ORDER BY round DESC LIMIT 1)
SELECT p ->> 'party' AS row_key, p ->> 'party' AS party, (p ->> 'mean')::numeric AS mean,
       (p ->> 'weight')::numeric AS weight, (p ->> 'answers')::int AS answers,
       coalesce((SELECT s.minimum FROM shortfall s
                 WHERE s.project_id = :process AND s.round = :round
                   AND p ->> 'party' = 'residents' ORDER BY s.number DESC LIMIT 1),
                (f.assessment #>> ARRAY[p ->> 'party', 'minimum'])::int) AS minimum,
       (p ->> 'weight')::numeric - (f.assessment #>> ARRAY[p ->> 'party', 'weight'])::numeric
         AS weight_difference,
       (p ->> 'points')::numeric - (p ->> 'mean')::numeric * (p ->> 'weight')::numeric / 100
         AS points_difference,
       (SELECT sum((x ->> 'weight')::numeric) FROM jsonb_array_elements(r.parties) x) AS weights,
       (SELECT sum((x ->> 'weight')::numeric) FROM jsonb_array_elements(r.parties) x
         WHERE x ->> 'party' IN ('party_organisations', 'residents')) AS leading_weight,
       r.value - round((SELECT sum((x ->> 'points')::numeric) FROM jsonb_array_elements(r.parties) x), 2)
         AS value_difference,
       (SELECT count(*) FROM assessment_response a
         WHERE a.project_id = :process AND a.round = :round AND a.party = p ->> 'party')
         - (p ->> 'answers')::int AS answers_difference,
       r.spread, r.value,
       (r.grade = CASE WHEN r.value >= (g.settings #>> '{grades,excellent}')::numeric THEN 'excellent'
                       WHEN r.value >= (g.settings #>> '{grades,good}')::numeric THEN 'good'
                       WHEN r.value >= (g.settings #>> '{grades,pass}')::numeric THEN 'pass'
                       ELSE 'fail' END)::int AS grade_follows
FROM result r, jsonb_array_elements(r.parties) p, frozen f, project j
JOIN round_settings g ON (g.round_id, g.version) = (j.round_id, j.settings_version)
WHERE j.id = :process
""",
    checks=(
        rows("assess.rows", Text("四方结果行数不对", "there are not four parties' rows"), 4, 4),
        contains(
            "assess.parties",
            Text("缺少一方评价", "a party is missing"),
            "party",
            [p.value for p in Party],
        ),
        at_least(
            "assess.minimum",
            Text("有一方的评价份数不足", "a party gave too few responses"),
            "answers",
            "minimum",
        ),
        between(
            "assess.mean", Text("均分超出 0–100", "a mean is outside 0 to 100"), "mean", 0, 100
        ),
        between(
            "assess.weights",
            Text("权重合计不为 100", "the weights do not sum to 100"),
            "weights",
            100,
            100,
        ),
        between(
            "assess.leading",
            Text(
                "党组织与居民权重合计不足 50", "Party organisations and residents have less than 50"
            ),
            "leading_weight",
            50,
        ),
        between(
            "assess.frozen",
            Text("权重与承榜时冻结的不一致", "a weight differs from the one frozen at the award"),
            "weight_difference",
            0,
            0,
        ),
        between(
            "assess.points",
            Text("得分与均分、权重不符", "points do not equal mean times weight"),
            "points_difference",
            -0.011,
            0.011,
        ),
        between(
            "assess.value",
            Text("总分与各方得分不符", "the result does not equal its points"),
            "value_difference",
            -0.011,
            0.011,
        ),
        between(
            "assess.counted",
            Text("有答卷未计入", "an answer was not counted"),
            "answers_difference",
            0,
            0,
        ),
        between(
            "assess.result",
            Text("总分超出 0–100", "the result is outside 0 to 100"),
            "value",
            0,
            100,
        ),
        between(
            "assess.grade",
            Text("等次与总分不符", "the grade does not follow from the result"),
            "grade_follows",
            1,
            1,
        ),
        between(
            "assess.spread",
            Text("四方差距超过 30 分，请复核", "the parties differ by more than 30 points"),
            "spread",
            0,
            30,
            severity=Severity.WARNING,
        ),
    ),
)
