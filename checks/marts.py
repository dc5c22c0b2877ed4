"""The marts of a snapshot: a key that is present and unique, and numbers that can be."""

from collections.abc import Sequence
from typing import Final

from checks.suite import Check, Suite, at_least, between, present, unique
from domain.text import Text

_NUMBERS: Final[dict[str, tuple[Check, ...]]] = {
    "marts.project_lifecycle": (
        between(
            "marts.project_lifecycle.suspensions",
            Text("挂起次数为负", "a negative number of suspensions"),
            "suspensions",
            0,
        ),
        at_least(
            "marts.project_lifecycle.amount",
            Text("协议金额超过预算", "an agreement exceeds the budget"),
            "budget_yuan",
            "agreed_yuan",
        ),
        at_least(
            "marts.project_lifecycle.due",
            Text("应付金额超过协议金额", "more is due than was agreed"),
            "agreed_yuan",
            "due_yuan",
        ),
        at_least(
            "marts.project_lifecycle.paid",
            Text("已付金额超过应付金额", "more was paid than is due"),
            "due_yuan",
            "paid_yuan",
        ),
    ),
    "marts.stage_durations": (
        at_least(
            "marts.stage_durations.order",
            Text("离开早于进入", "a stay ends before it begins"),
            "left_at",
            "entered_at",
        ),
    ),
    "marts.gate_decisions": (
        at_least(
            "marts.gate_decisions.order",
            Text("决定早于打开", "a gate was decided before it opened"),
            "decided_at",
            "opened_at",
        ),
    ),
    "marts.bid_competition": (
        at_least(
            "marts.bid_competition.ceiling",
            Text("承榜报价超过限价", "an awarded price exceeds its ceiling"),
            "ceiling_yuan",
            "awarded_yuan",
        ),
    ),
    "marts.assessment_results": (
        between(
            "marts.assessment_results.score",
            Text("得分不在 0 至 100 之间", "a score is outside 0 to 100"),
            "mean_score",
            0,
            100,
        ),
    ),
}


def mart_suite(table: str, key: Sequence[str]) -> Suite:
    """Return the suite of one mart; its rows are named by their key."""
    name = table.partition(".")[2]
    row_key = " || ' / ' || ".join(f'"{column}"::VARCHAR' for column in key)
    checks = [
        present(f"{table}.{column}", Text(f"{column} 为空", f"{column} is empty"), column)
        for column in key
    ]
    checks.append(
        unique(
            f"{table}.key",
            Text("主键重复", "two rows share a key"),
            *(key if len(key) > 1 else (*key, "row_key")),
        )
    )
    checks += _NUMBERS.get(table, ())
    sql = f"SELECT {row_key} AS row_key, * FROM {table}"
    return Suite(name=name, sql=sql, checks=tuple(checks))
