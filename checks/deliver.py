"""Deliver: milestones are evidenced, accepted, and their money reconciles."""

from checks.suite import Severity, Suite, at_least, between, present, rows, unique
from domain.text import Text

SUITE = Suite(
    name="deliver",
    sql="""
WITH agreed AS (
  SELECT * FROM agreement WHERE project_id = :process ORDER BY round DESC LIMIT 1
)
SELECT p.code || ' #' || m.number AS row_key, m.number, m.amount, m.report, m.reported_at,
       m.accepted_at, a.buyer_confirmed_at, a.supplier_confirmed_at,
       (SELECT sum(share) FROM milestone x WHERE x.agreement_id = a.id) AS shares,
       (SELECT sum(amount) FROM milestone x WHERE x.agreement_id = a.id) - a.amount
         AS amount_difference,
       (SELECT count(*) FROM evidence e WHERE e.milestone_id = m.id) AS evidence,
       m.amount - m.accepted_amount AS unpaid,
       (m.released_at IS NOT NULL AND m.accepted_amount = 0)::int AS paid_early,
       greatest(m.due_on, m.resubmit_by)::timestamp AS due_on, m.reported_at AT TIME ZONE 'Asia/Shanghai' - interval '1 day'
         AS day_before_report
FROM milestone m JOIN agreed a ON a.id = m.agreement_id JOIN project p ON p.id = m.project_id
WHERE CAST(:round AS int) IS NOT NULL
""",
    checks=(
        rows("deliver.milestones", Text("没有里程碑", "there are no milestones"), 1),
        between(
            "deliver.shares",
            Text("付款比例合计不为 100%", "the shares do not sum to 100 %"),
            "shares",
            100,
            100,
        ),
        between(
            "deliver.amounts",
            Text("各期金额与协议金额不符", "the instalments do not add up to the agreement"),
            "amount_difference",
            -0.004,
            0.004,
        ),
        between(
            "deliver.amount", Text("有非正的金额", "an instalment is not positive"), "amount", 0.01
        ),
        between(
            "deliver.evidence", Text("里程碑没有佐证", "a milestone has no evidence"), "evidence", 1
        ),
        present("deliver.report", Text("里程碑没有报告", "a milestone has no report"), "report"),
        at_least(
            "deliver.order",
            Text("验收早于报告", "a milestone was accepted before it was reported"),
            "accepted_at",
            "reported_at",
        ),
        between(
            "deliver.paid",
            Text("未验收先付款", "an instalment was released before acceptance"),
            "paid_early",
            0,
            0,
        ),
        between(
            "deliver.accepted",
            Text("验收金额超过约定金额", "more is accepted than was agreed"),
            "unpaid",
            0,
        ),
        present(
            "deliver.buyer",
            Text("街道未确认协议", "the street has not confirmed"),
            "buyer_confirmed_at",
        ),
        present(
            "deliver.supplier",
            Text("承榜方未确认协议", "the supplier has not confirmed"),
            "supplier_confirmed_at",
        ),
        unique(
            "deliver.numbers",
            Text("里程碑编号重复", "a milestone number repeats"),
            "number",
            "row_key",
        ),
        at_least(
            "deliver.in-time",
            Text("有里程碑迟于约定日期", "a milestone was reported late"),
            "due_on",
            "day_before_report",
            severity=Severity.WARNING,
        ),
    ),
)
