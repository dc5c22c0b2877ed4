"""How reports about an indicator add up, and points that add up to their total."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.award.scoring import shown_points
from domain.bid.public_bids import PublicBid, public_bid
from domain.deliver.indicators import Adds, ReportedQuantity, met, total, usual


def counted(*quantities: str) -> list[ReportedQuantity]:
    return [ReportedQuantity(Decimal(quantity)) for quantity in quantities]


@pytest.mark.parametrize(
    ("adds", "expected"),
    [
        (Adds.PERIOD, "94"),
        (Adds.CUMULATIVE, "62"),
        (Adds.LAST, "62"),
        (Adds.MEAN, "47"),
        (Adds.MAXIMUM, "62"),
    ],
)
def test_32_and_then_62_amount_to_what_the_indicator_says(adds: Adds, expected: str) -> None:
    assert total(adds, counted("32", "62")) == Decimal(expected)


def test_a_percentage_is_never_added_up_by_itself() -> None:
    assert usual("%") is usual("％") is Adds.LAST
    assert usual("人次") is Adds.PERIOD
    assert total(usual("%"), counted("75", "78", "78")) == 78
    assert not met(usual("%"), counted("75", "78", "78"), Decimal(90))


def test_a_mean_weighs_and_is_rounded_half_up() -> None:
    assert total(
        Adds.MEAN,
        [ReportedQuantity(Decimal(80), Decimal(30)), ReportedQuantity(Decimal(95), Decimal(10))],
    ) == Decimal("83.75")
    assert total(Adds.MEAN, counted("1", "1", "2")) == Decimal("1.33")
    assert total(Adds.MEAN, [ReportedQuantity(Decimal(80), Decimal(0))]) is None


@pytest.mark.parametrize("adds", list(Adds))
def test_nothing_reported_reaches_nothing(adds: Adds) -> None:
    assert total(adds, []) is None
    assert not met(adds, [], Decimal("0.01"))
    assert met(adds, counted("10"), Decimal(10))


POINTS = st.lists(st.decimals(0, 100, places=4), min_size=1, max_size=8)


@given(POINTS)
def test_shown_points_add_up_to_the_shown_total(points: list[Decimal]) -> None:
    exact = sum(points, Decimal(0))
    shown = shown_points(points, exact)
    assert sum(shown) == exact.quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")
    assert all(
        abs(rounded - real) < Decimal("0.02") for rounded, real in zip(shown, points, strict=True)
    )


def test_of_a_lost_bid_everybody_reads_its_receipt_place_and_total() -> None:
    bid = PublicBid("R-1", 2, Decimal(70), None, "某社", (("某社", Decimal(100)),), Decimal(9))
    assert public_bid(bid, awarded=True) == bid
    lost = public_bid(bid, awarded=False)
    assert (lost.receipt, lost.place, lost.total) == ("R-1", 2, Decimal(70))
    assert (lost.bidder, lost.members, lost.price) == (None, (), None)
