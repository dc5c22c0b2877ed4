"""What a verdict on a milestone pays, and which days are asked about."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.deliver.acceptance import (
    AcceptanceVerdict,
    Doubt,
    Instalment,
    MilestoneState,
    accept,
    doubts_about,
    state_of,
)
from domain.errors import FieldsWrong

FIRST = Instalment(D("16128.00"), D(0), resubmitted=False)
LAST = Instalment(D("16128.00"), D("9676.80"), resubmitted=True)
ACCEPTED, IN_PART, SENT_BACK = AcceptanceVerdict


@pytest.mark.rule("Deliver")
@pytest.mark.parametrize(
    ("verdict", "shares", "instalment", "share", "amount", "ends"),
    [
        (ACCEPTED, [100, 100], FIRST, "100", "16128.00", True),
        (ACCEPTED, [], FIRST, "100", "16128.00", True),
        (SENT_BACK, [100, 100], FIRST, "0", "0", False),
        (IN_PART, [100, 20], FIRST, "60.00", "9676.80", False),
        (IN_PART, [100, 0, 0], FIRST, "33.33", "5376.00", False),
        (ACCEPTED, [100, 100], LAST, "100", "16128.00", True),
        (IN_PART, [100, 50], LAST, "75.00", "12096.00", True),
        (IN_PART, [100, 20], LAST, "60.00", "9676.80", True),
    ],
)
def test_a_verdict_pays_the_accepted_share(
    verdict: AcceptanceVerdict,
    shares: Sequence[int],
    instalment: Instalment,
    share: str,
    amount: str,
    ends: bool,
) -> None:
    made = accept(verdict, [D(s) for s in shares], instalment, "补齐签到表")
    assert (made.share, made.amount, made.ends) == (D(share), D(amount), ends)


@pytest.mark.parametrize(
    ("verdict", "shares", "instalment", "remark", "field"),
    [
        (ACCEPTED, [100, 99], FIRST, "", "verdict"),
        (IN_PART, [100, 100], FIRST, "缺照片", "verdict"),
        (IN_PART, [0, 0], FIRST, "缺照片", "verdict"),
        (IN_PART, [100, 19], LAST, "缺照片", "verdict"),
        (SENT_BACK, [100, 100], LAST, "缺照片", "verdict"),
        (SENT_BACK, [100, 100], FIRST, "", "remark"),
        (IN_PART, [100, 20], FIRST, "", "remark"),
    ],
)
def test_a_verdict_that_contradicts_itself_is_refused_at_its_field(
    verdict: AcceptanceVerdict,
    shares: Sequence[int],
    instalment: Instalment,
    remark: str,
    field: str,
) -> None:
    with pytest.raises(FieldsWrong) as refused:
        accept(verdict, [D(s) for s in shares], instalment, remark)
    assert list(refused.value.fields) == [field]


@given(
    amount=st.decimals("0.01", "999999.99", places=2),
    shares=st.lists(st.integers(0, 100).map(D), min_size=1, max_size=8),
)
def test_no_part_pays_more_than_the_instalment(amount: D, shares: list[D]) -> None:
    instalment = Instalment(amount, D(0), resubmitted=True)
    if any(share != 100 for share in shares):
        made = accept(IN_PART, shares, instalment, "缺照片")
        assert 0 <= made.amount <= amount
        assert made.amount == round(made.amount, 2)


@pytest.mark.parametrize(
    ("accepted", "reported", "verdict", "state"),
    [
        (False, False, None, MilestoneState.AHEAD),
        (False, True, None, MilestoneState.REPORTED),
        (False, True, SENT_BACK, MilestoneState.REPORTED),
        (False, False, SENT_BACK, MilestoneState.SENT_BACK),
        (False, False, IN_PART, MilestoneState.IN_PART),
        (True, True, IN_PART, MilestoneState.ACCEPTED),
    ],
)
def test_a_milestone_stands_where_its_last_verdict_and_report_put_it(
    accepted: bool, reported: bool, verdict: AcceptanceVerdict | None, state: MilestoneState
) -> None:
    assert state_of(is_accepted=accepted, is_reported=reported, verdict=verdict) is state


@pytest.mark.parametrize(
    ("day", "doubts"),
    [
        (date(2027, 2, 28), (Doubt.BEFORE_PERIOD, Doubt.EARLY)),
        (date(2027, 3, 1), (Doubt.EARLY,)),
        (date(2027, 4, 1), (Doubt.EARLY,)),
        (date(2027, 4, 2), ()),
        (date(2027, 6, 30), ()),
        (date(2027, 7, 1), (Doubt.AFTER_PERIOD,)),
    ],
)
def test_a_report_outside_the_period_or_months_early_is_asked_about(
    day: date, doubts: tuple[Doubt, ...]
) -> None:
    period = {"delivery_from": date(2027, 3, 1), "delivery_until": date(2027, 6, 30)}
    assert doubts_about(day, due_on=date(2027, 6, 1), **period) == doubts
