"""Bid 揭榜: the opened bids are those sealed, in time, complete and within the ceiling."""

from checks.suite import Severity, Suite, at_least, between, matches, rows, unique
from domain.text import Text

SUITE = Suite(
    name="bid",
    sql="""
SELECT b.receipt_no AS row_key, b.receipt_no, b.commitment, b.price, c.ceiling, b.submitted_at,
       c.closes_at, o.opened_at,
       (SELECT sum(m.share) FROM bid_member m WHERE m.bid_id = b.id) AS shares,
       (SELECT count(*) FROM bid_member m WHERE m.bid_id = b.id AND m.is_lead) AS leads,
       (SELECT count(*) FROM bid_member m WHERE m.bid_id = b.id AND m.confirmed_at IS NULL)
         AS unconfirmed,
       (SELECT sum((l ->> 'amount')::numeric) FROM jsonb_array_elements(y.content -> 'budget') l)
         - b.price AS budget_difference,
       (SELECT sum((l ->> 'share')::numeric) FROM jsonb_array_elements(y.content -> 'milestones') l)
         AS milestone_shares,
       length(trim(y.content ->> 'plan')) AS plan_length
FROM bid b
JOIN call c ON c.id = b.call_id
JOIN bid_payload y ON y.bid_id = b.id AND y.version = b.version
JOIN LATERAL (SELECT opened_at FROM opening WHERE project_id = :process AND round = :round) o
  ON true
WHERE b.project_id = :process AND b.status = 'opened'
""",
    checks=(
        rows("bid.opened", Text("没有已开标的意向书", "no bid was opened"), 1),
        between(
            "bid.shares",
            Text("联合体份额合计不为 100%", "the shares do not sum to 100 %"),
            "shares",
            100,
            100,
        ),
        between(
            "bid.lead", Text("牵头方不是恰好一个", "there is not exactly one lead"), "leads", 1, 1
        ),
        between(
            "bid.confirmed",
            Text("有伙伴未确认", "a partner has not confirmed"),
            "unconfirmed",
            0,
            0,
        ),
        at_least(
            "bid.ceiling",
            Text("报价超过最高限价", "the price exceeds the ceiling"),
            "ceiling",
            "price",
        ),
        between(
            "bid.budget",
            Text("预算明细与报价不一致", "the budget lines do not add up to the price"),
            "budget_difference",
            -0.004,
            0.004,
        ),
        between(
            "bid.milestones",
            Text("里程碑付款比例合计不为 100%", "the milestone shares do not sum to 100 %"),
            "milestone_shares",
            100,
            100,
        ),
        at_least(
            "bid.in-time",
            Text("提交晚于截止", "the bid came after the closing"),
            "closes_at",
            "submitted_at",
            strict=True,
        ),
        at_least(
            "bid.opened-after-closing",
            Text("开标早于截止", "bids were opened before the closing"),
            "opened_at",
            "closes_at",
        ),
        matches(
            "bid.commitment",
            Text("承诺值格式不对", "the commitment is malformed"),
            "commitment",
            "^[0-9a-f]{64}$",
        ),
        unique(
            "bid.receipt", Text("回执编号重复", "two bids share a receipt"), "receipt_no", "row_key"
        ),
        between(
            "bid.plan",
            Text("方案不足 50 字，请核实", "the plan has fewer than 50 characters"),
            "plan_length",
            50,
            severity=Severity.WARNING,
        ),
    ),
)
