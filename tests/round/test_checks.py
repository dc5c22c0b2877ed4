"""Every expectation catches one mutated row that no other expectation catches."""

from collections.abc import Callable

import pandas as pd
import pytest
from sqlalchemy import text

from checks import SUITES, Suite, read_frame, run_suite
from checks.marts import mart_suite
from models.session import unit_of_work

Mutation = tuple[str, object] | Callable[[pd.DataFrame], pd.DataFrame]


def twice(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([frame, frame.iloc[[0]]], ignore_index=True)


def none(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.iloc[0:0]


def without_experts(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(party=frame["party"].replace("experts", "departments"))


def moved(column: str, days: int) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def mutate(frame: pd.DataFrame) -> pd.DataFrame:
        shifts = [pd.Timedelta(days=days)] + [pd.Timedelta(0)] * (len(frame) - 1)
        return frame.assign(**{column: frame[column] + pd.Series(shifts, index=frame.index)})

    return mutate


def delivery_ends_first(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(delivery_until=frame["delivery_from"])


MUTATIONS: dict[str, Mutation] = {
    "evaluate.project": twice,
    "evaluate.root-cause": ("root_cause", None),
    "evaluate.target-group": ("target_group", None),
    "evaluate.gathered": ("needs_lost", 1),
    "evaluate.criteria": ("sheets_astray", 1),
    "evaluate.needs": ("needs", 0),
    "evaluate.place": ("needs_elsewhere", 1),
    "evaluate.budget": ("budget", None),
    "evaluate.beneficiaries": ("beneficiaries", 0),
    "evaluate.quorum": ("sheets", 2),
    "evaluate.lowest-mark": ("lowest_mark", -1),
    "evaluate.highest-mark": ("highest_mark", 101),
    "evaluate.cost": ("cost_per_beneficiary", 5001),
    "publish.call": twice,
    "publish.ceiling": ("ceiling", None),
    "publish.ceiling-within-budget": ("ceiling", 10_000_000),
    "publish.rubric-sum": ("rubric_sum", 99),
    "publish.rubric-weight": ("smallest_weight", 0),
    "publish.outcomes": ("outcomes", 0),
    "publish.targets": ("smallest_target", 0),
    "publish.openers": ("openers", 1),
    "publish.delivery": delivery_ends_first,
    "publish.problem": ("problem_length", 9),
    "publish.criteria": ("criteria", 2),
    "publish.scope": ("scope_length", 9),
    "publish.ceiling-positive": ("ceiling", 0),
    "publish.delivery-length": ("delivery_days", 732),
    "bid.opened": none,
    "bid.shares": ("shares", 99),
    "bid.lead": ("leads", 2),
    "bid.confirmed": ("unconfirmed", 1),
    "bid.ceiling": ("price", 10_000_000),
    "bid.budget": ("budget_difference", 0.01),
    "bid.milestones": ("milestone_shares", 101),
    "bid.in-time": moved("submitted_at", 400),
    "bid.opened-after-closing": moved("opened_at", -400),
    "bid.commitment": ("commitment", "0" * 63),
    "bid.receipt": twice,
    "bid.plan": ("plan_length", 49),
    "award.recused": ("recused", 1),
    "award.declared": ("declared_at", None),
    "award.parties": without_experts,
    "award.once": twice,
    "award.lowest-mark": ("lowest_mark", -1),
    "award.highest-mark": ("highest_mark", 101),
    "award.ceiling": ("price", 10_000_000),
    "award.chair": ("chairs", 0),
    "award.criteria": ("criteria_difference", 1),
    "award.complete": ("sheets", 1),
    "award.arithmetic": ("total_difference", 0.02),
    "award.first": ("lead_difference", 0.5),
    "award.panel-size": ("members", 2),
    "deliver.milestones": none,
    "deliver.shares": ("shares", 90),
    "deliver.amounts": ("amount_difference", 0.01),
    "deliver.amount": ("amount", 0),
    "deliver.evidence": ("evidence", 0),
    "deliver.report": ("report", None),
    "deliver.order": moved("reported_at", 400),
    "deliver.paid": ("paid_early", 1),
    "deliver.accepted": ("unpaid", -1),
    "deliver.buyer": ("buyer_confirmed_at", None),
    "deliver.supplier": ("supplier_confirmed_at", None),
    "deliver.numbers": twice,
    "deliver.in-time": moved("day_before_report", 400),
    "assess.rows": twice,
    "assess.parties": lambda frame: frame.assign(party=frame["party"].replace("experts", "others")),
    "assess.minimum": ("answers", 0),
    "assess.mean": ("mean", 101),
    "assess.weights": ("weights", 99),
    "assess.leading": ("leading_weight", 49),
    "assess.frozen": ("weight_difference", 5),
    "assess.points": ("points_difference", 0.02),
    "assess.value": ("value_difference", 0.02),
    "assess.counted": ("answers_difference", 1),
    "assess.result": ("value", 101),
    "assess.grade": ("grade_follows", 0),
    "assess.spread": ("spread", 31),
}
RULES = [(suite, check.rule) for suite in SUITES.values() for check in suite.checks]


def frame_of(suite: Suite) -> pd.DataFrame:
    """The frame of the first project that was closed, as its guard read it."""
    with unit_of_work() as session:
        project, round_ = session.execute(
            text(
                "SELECT r.process_id, r.round FROM check_run r JOIN project p ON p.id = r.process_id"
                " WHERE r.suite = :suite AND r.passed AND p.status = 'closed' ORDER BY p.code LIMIT 1"
            ),
            {"suite": suite.name},
        ).one()
        return read_frame(session, suite, process=project, round=round_)


def mutated(frame: pd.DataFrame, mutation: Mutation) -> pd.DataFrame:
    if callable(mutation):
        return mutation(frame)
    column, value = mutation
    assert column in frame.columns
    values = [value, *frame[column].tolist()[1:]]
    return frame.assign(**{column: pd.Series(values, index=frame.index)})


@pytest.mark.usefixtures("round_only_read")
@pytest.mark.parametrize(("suite", "rule"), RULES, ids=[rule for _, rule in RULES])
def test_only_this_expectation_catches_its_mutated_row(suite: Suite, rule: str) -> None:
    frame = frame_of(suite)
    assert not [finding for finding in run_suite(suite, frame).findings if not finding.passed]
    outcome = run_suite(suite, mutated(frame, MUTATIONS[rule]))
    assert [finding.check.rule for finding in outcome.findings if not finding.passed] == [rule]


def test_every_expectation_has_its_mutation() -> None:
    assert set(MUTATIONS) == {rule for _, rule in RULES}


@pytest.mark.usefixtures("round_only_read")
@pytest.mark.parametrize("suite", SUITES.values(), ids=list(SUITES))
def test_a_missing_column_is_a_failure_and_not_a_pass(suite: Suite) -> None:
    column = next(
        value
        for check in suite.checks
        for name, value in check.arguments.items()
        if name in ("column", "column_A")
    )
    outcome = run_suite(suite, frame_of(suite).drop(columns=[column]))
    assert any(not finding.passed for finding in outcome.findings)


def test_a_mart_with_a_repeated_key_is_caught() -> None:
    suite = mart_suite("marts.stage_durations", ["code", "status", "stay"])
    row = {
        "row_key": "A",
        "code": "A",
        "status": "bidding",
        "stay": 1,
        "entered_at": pd.Timestamp("2026-01-01"),
        "left_at": pd.Timestamp("2026-01-02"),
    }
    assert run_suite(suite, pd.DataFrame([row])).passed
    twice_over = run_suite(suite, pd.DataFrame([row, row]))
    assert [failure.check.rule for failure in twice_over.failed] == ["marts.stage_durations.key"]
