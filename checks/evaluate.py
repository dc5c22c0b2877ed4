"""Evaluate 评榜: the appraisal is complete before it is approved."""

from checks.suite import Severity, Suite, at_least, between, present, rows
from domain.text import Text

SUITE = Suite(
    name="evaluate",
    sql="""
SELECT p.code AS row_key, nullif(trim(p.root_cause), '') AS root_cause,
       nullif(trim(p.target_group), '') AS target_group, p.beneficiaries, p.budget,
       p.budget / nullif(p.beneficiaries, 0) AS cost_per_beneficiary,
       (SELECT count(*) FROM project_need pn WHERE pn.project_id = p.id) AS needs,
       (SELECT count(*) FROM project_need pn JOIN need n ON n.id = pn.need_id
         WHERE pn.project_id = p.id AND n.community_code IS DISTINCT FROM p.community_code)
         AS needs_elsewhere,
       (SELECT count(*) FROM project_need pn JOIN need n ON n.id = pn.need_id
         WHERE pn.project_id = p.id AND n.status NOT IN ('in_project', 'answered')) AS needs_lost,
       (SELECT count(*) FROM appraisal_score s WHERE s.project_id = p.id AND s.round = :round)
         AS sheets,
       (SELECT count(*) FROM appraisal_score s WHERE s.project_id = p.id AND s.round = :round
         AND ARRAY(SELECT jsonb_object_keys(s.marks) ORDER BY 1)
             <> ARRAY(SELECT jsonb_object_keys(r.settings -> 'appraisal_rubric') ORDER BY 1))
         AS sheets_astray,
       (r.settings ->> 'appraisal_quorum')::int AS quorum,
       (SELECT min(m.value::numeric) FROM appraisal_score s, jsonb_each_text(s.marks) m
         WHERE s.project_id = p.id AND s.round = :round) AS lowest_mark,
       (SELECT max(m.value::numeric) FROM appraisal_score s, jsonb_each_text(s.marks) m
         WHERE s.project_id = p.id AND s.round = :round) AS highest_mark
FROM project p JOIN round_settings r ON (r.round_id, r.version) = (p.round_id, p.settings_version)
WHERE p.id = :process
""",
    checks=(
        rows("evaluate.project", Text("找不到该项目", "the project is missing"), 1, 1),
        present(
            "evaluate.root-cause", Text("未写明问题根源", "the root cause is missing"), "root_cause"
        ),
        present(
            "evaluate.target-group",
            Text("未写明目标人群", "the target group is missing"),
            "target_group",
        ),
        between("evaluate.needs", Text("没有关联任何需求", "no need is attached"), "needs", 1),
        between(
            "evaluate.place",
            Text("关联了其他社区的需求", "a need belongs to another community"),
            "needs_elsewhere",
            0,
            0,
        ),
        between(
            "evaluate.gathered",
            Text("关联的需求已并入别处或已回应", "a need was merged or answered elsewhere"),
            "needs_lost",
            0,
            0,
        ),
        present("evaluate.budget", Text("未填写预算", "the budget is missing"), "budget"),
        between(
            "evaluate.beneficiaries",
            Text("受益人数须为正数", "the number of beneficiaries must be positive"),
            "beneficiaries",
            1,
        ),
        at_least(
            "evaluate.quorum",
            Text("评分份数不足", "too few appraisal sheets"),
            "sheets",
            "quorum",
        ),
        between(
            "evaluate.lowest-mark",
            Text("有低于 0 的评分", "a mark is below 0"),
            "lowest_mark",
            0,
        ),
        between(
            "evaluate.highest-mark",
            Text("有高于 100 的评分", "a mark is above 100"),
            "highest_mark",
            None,
            100,
        ),
        between(
            "evaluate.criteria",
            Text("有评分与标准不一致", "a sheet does not follow the rubric"),
            "sheets_astray",
            0,
            0,
        ),
        between(
            "evaluate.cost",
            Text("人均成本超过 5000 元，请核实", "more than 5,000 yuan for each beneficiary"),
            "cost_per_beneficiary",
            None,
            5000,
            severity=Severity.WARNING,
        ),
    ),
)
