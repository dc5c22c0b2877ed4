"""Red flags: what is noticed before an award, and what is not."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.award.red_flags import AwardSeen, BidSeen, FlagKind, likeness, red_flags

PLAN = "以楼院为单位组建互助小组，每周两次固定服务，每月一次回访，记录当日归档。"
OTHER = "先入户摸底建档，再按需求强弱安排上门频次，急事当天转介给社区卫生服务站。"


def bid(number: int, price: str, text: str = "", lead: str = "") -> BidSeen:
    return BidSeen(
        f"R-{number}", lead or f"组织{number}", Decimal(price), text, frozenset({f"法人{number}"})
    )


QUIET = AwardSeen(
    [bid(1, "80000", PLAN), bid(2, "76000", OTHER)],
    ceiling=Decimal(95000),
    threshold=Decimal(100000),
    window=10,
    usual_window=10,
    excluded={},
    before=["组织1", "组织2", "组织1"],
)


def kinds(award: AwardSeen) -> list[FlagKind]:
    return [flag.kind for flag in red_flags(award)]


def with_bids(*bids: BidSeen) -> AwardSeen:
    return replace(QUIET, bids=list(bids))


def test_an_ordinary_award_has_none() -> None:
    assert kinds(QUIET) == []


@pytest.mark.parametrize(
    ("award", "kind"),
    [
        (with_bids(bid(1, "80000")), FlagKind.SINGLE_BID),
        (with_bids(bid(1, "80000", PLAN), bid(2, "80000", OTHER)), FlagKind.IDENTICAL_PRICE),
        (with_bids(bid(1, "80000", PLAN), bid(2, "76000", PLAN + "另附。")), FlagKind.SIMILAR_TEXT),
        (
            with_bids(
                bid(1, "80000", PLAN),
                replace(bid(2, "76000", OTHER), representatives=frozenset({"法人1"})),
            ),
            FlagKind.SHARED_REPRESENTATIVE,
        ),
        (replace(QUIET, ceiling=Decimal(80400)), FlagKind.NEAR_CEILING),
        (replace(QUIET, threshold=Decimal(80000)), FlagKind.UNDER_THRESHOLD),
        (replace(QUIET, window=9), FlagKind.SHORT_WINDOW),
        (replace(QUIET, excluded={"R-9": Decimal(79999)}), FlagKind.LOWEST_EXCLUDED),
        (replace(QUIET, before=["组织1"] * 3), FlagKind.ALWAYS_WINS),
    ],
    ids=lambda value: value.value if isinstance(value, FlagKind) else "",
)
def test_each_flag_has_its_sign_and_no_other(award: AwardSeen, kind: FlagKind) -> None:
    assert kinds(award) == [kind]
    text = red_flags(award)[0].text
    assert text.zh
    assert text.en


@pytest.mark.parametrize(
    "award",
    [
        replace(QUIET, ceiling=Decimal(80500)),
        replace(QUIET, threshold=Decimal(79999)),
        replace(QUIET, threshold=Decimal(84211)),
        replace(QUIET, excluded={"R-9": Decimal(80000)}),
        replace(QUIET, before=["组织1", "组织1"]),
        replace(QUIET, before=["组织1", "组织1", "组织2", "组织1"]),
        replace(QUIET, window=11),
    ],
)
def test_what_lies_just_beside_a_measure_is_not_flagged(award: AwardSeen) -> None:
    assert kinds(award) == []


def test_every_flag_can_be_raised() -> None:
    award = AwardSeen(
        [
            replace(bid(1, "80000", PLAN), representatives=frozenset({"同一人"})),
            replace(bid(2, "80000", PLAN), representatives=frozenset({"同一人"})),
        ],
        Decimal(80000),
        Decimal(80000),
        3,
        10,
        {"R-9": Decimal(1)},
        ["组织1"] * 5,
    )
    single = with_bids(bid(1, "80000"))
    assert set(kinds(award)) | set(kinds(single)) == set(FlagKind)


@given(st.text(max_size=80), st.text(max_size=80))
def test_likeness_is_a_share_whichever_comes_first(text: str, other: str) -> None:
    alike = likeness(text, other)
    assert 0 <= alike <= 1
    assert alike == likeness(other, text)


@given(st.text(st.characters(blacklist_categories=("Z", "C")), min_size=6, max_size=80))
def test_a_text_is_wholly_like_itself_however_it_is_spaced(text: str) -> None:
    assert likeness(text, " \n".join(text)) == 1


@given(st.permutations(QUIET.bids))
def test_flags_between_bidders_do_not_hang_on_their_order(bids: list[BidSeen]) -> None:
    same = [replace(bid, price=Decimal(80000), text=PLAN) for bid in bids]
    flags = red_flags(replace(QUIET, bids=same))
    assert [flag.receipts for flag in flags] == [("R-1", "R-2"), ("R-1", "R-2")]
