"""Publish 发榜: the call is complete and consistent before it is approved."""

from checks.suite import Severity, Suite, at_least, between, present, rows
from domain.text import Text

SUITE = Suite(
    name="publish",
    sql="""
SELECT p.code || ' v' || c.version AS row_key, c.ceiling, p.budget,
       (SELECT sum(w.value::numeric) FROM jsonb_each_text(c.rubric) w) AS rubric_sum,
       (SELECT min(w.value::numeric) FROM jsonb_each_text(c.rubric) w) AS smallest_weight,
       (SELECT count(*) FROM jsonb_each_text(c.rubric) w) AS criteria,
       jsonb_array_length(c.outcomes) AS outcomes,
       (SELECT min((o ->> 'target')::numeric) FROM jsonb_array_elements(c.outcomes) o)
         AS smallest_target,
       c.delivery_from, c.delivery_until, length(trim(c.problem)) AS problem_length,
       length(trim(c.scope)) AS scope_length,
       c.delivery_until - c.delivery_from AS delivery_days,
       (s.settings ->> 'openers')::int AS openers_wanted,
       (SELECT count(DISTINCT k.owner) FROM seal_key k JOIN role_grant g ON g.person_id = k.owner
         WHERE (g.role = 'street_officer' AND (g.scope = 'district' OR g.code = p.street_code))
            OR (g.role = 'community_secretary'
                AND (g.scope = 'district' OR g.code = p.community_code))) AS openers
FROM call c JOIN project p ON p.id = c.project_id
JOIN round_settings s ON (s.round_id, s.version) = (p.round_id, p.settings_version)
WHERE c.project_id = :process
  AND c.version = (SELECT max(version) FROM call WHERE project_id = :process)
""",
    checks=(
        rows("publish.call", Text("没有榜单", "there is no call"), 1, 1),
        present(
            "publish.ceiling", Text("榜单没有最高限价", "the call has no budget ceiling"), "ceiling"
        ),
        at_least(
            "publish.ceiling-within-budget",
            Text("最高限价超过项目预算", "the ceiling exceeds the project's budget"),
            "budget",
            "ceiling",
        ),
        between(
            "publish.rubric-sum",
            Text("评分标准权重合计不为 100", "the rubric's weights do not sum to 100"),
            "rubric_sum",
            100,
            100,
        ),
        between(
            "publish.rubric-weight",
            Text("评分标准有零或负的权重", "a rubric weight is not positive"),
            "smallest_weight",
            0.01,
        ),
        between(
            "publish.outcomes", Text("没有可衡量的成果指标", "no measurable outcome"), "outcomes", 1
        ),
        between(
            "publish.targets",
            Text("成果指标的目标值须为正数", "an outcome's target is not positive"),
            "smallest_target",
            0.0001,
        ),
        at_least(
            "publish.openers",
            Text(
                "设置了开标口令的开标人（社区书记、街道干部）不够，请他们在“我的账号”设置",
                "too few openers (secretaries, street officers) have set their opening passphrase;"
                " they do so under My account",
            ),
            "openers",
            "openers_wanted",
        ),
        at_least(
            "publish.delivery",
            Text("实施结束不晚于开始", "delivery does not end after it begins"),
            "delivery_until",
            "delivery_from",
            strict=True,
        ),
        between(
            "publish.problem",
            Text("问题描述过短", "the problem is described too briefly"),
            "problem_length",
            10,
        ),
        between(
            "publish.scope",
            Text("服务范围描述过短", "the scope is described too briefly"),
            "scope_length",
            10,
        ),
        between(
            "publish.ceiling-positive",
            Text("最高限价须为正数", "the ceiling is not positive"),
            "ceiling",
            0.01,
        ),
        between(
            "publish.delivery-length",
            Text("实施期超过两年，请核实", "delivery takes more than two years"),
            "delivery_days",
            None,
            731,
            severity=Severity.WARNING,
        ),
        between(
            "publish.criteria",
            Text("评分标准少于三项", "fewer than three criteria"),
            "criteria",
            3,
            severity=Severity.WARNING,
        ),
    ),
)
