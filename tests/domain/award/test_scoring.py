from decimal import Decimal as D
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.award.scoring import (
    Entry,
    Party,
    PartyMissing,
    PartyRule,
    assess,
    check_rubric,
    draw,
    rank,
    trimmed_mean,
    weighted_total,
)
from domain.errors import BadInput
from domain.questionnaires import Questionnaire
from domain.questions import Mark
from domain.text import Text

RUBRIC = {"plan": D(60), "price": D(40)}


def sheet(plan: int, price: int) -> dict[str, D]:
    return {"plan": D(plan), "price": D(price)}


@pytest.mark.rule("Award 承榜")
def test_the_highest_and_lowest_of_five_scores_do_not_count() -> None:
    assert trimmed_mean([D(0), D(70), D(80), D(90), D(100)], trim=True) == D(80)


def test_without_trimming_every_score_counts() -> None:
    assert trimmed_mean([D(0), D(70), D(80), D(90), D(100)], trim=False) == D(68)


def test_the_total_is_means_times_weights_and_rounded_once() -> None:
    total = weighted_total(RUBRIC, [sheet(80, 70), sheet(81, 71), sheet(83, 72)])
    # plan 81.33 × 60 % = 48.798, price 71.00 × 40 % = 28.400: 77.198, by hand
    assert [(line.mean, line.points) for line in total.lines] == [
        (D("81.33"), D("48.798")),
        (D("71.00"), D("28.4")),
    ]
    assert total.value == D("77.20")


@pytest.mark.rule("The lifecycle")
@pytest.mark.parametrize("weights", [(60, 41), (100, 0), (120, -20)])
def test_a_rubric_sums_to_100_with_positive_weights(weights: tuple[int, int]) -> None:
    with pytest.raises(BadInput):
        check_rubric(dict(zip("ab", map(D, weights), strict=True)))


@pytest.mark.parametrize("name", ["a.b", "remark", "words"])
def test_a_criterion_has_a_name_that_can_be_asked_for(name: str) -> None:
    with pytest.raises(BadInput, match="another name"):
        check_rubric({name: D(40), "plan": D(60)})


@pytest.mark.parametrize(
    "marks", [{"plan": D(50)}, {**sheet(50, 50), "more": D(1)}, sheet(101, 0), sheet(0, -1)]
)
def test_a_sheet_marks_each_criterion_from_0_to_100(marks: dict[str, D]) -> None:
    asked = tuple(Mark(code=code, text=Text(code, code), weight=D(50)) for code in RUBRIC)
    with pytest.raises(BadInput):
        Questionnaire("sheet", 1, asked).read(marks)


A, B, C = (UUID(int=n) for n in (1, 2, 3))


@pytest.mark.rule("Award 承榜")
def test_ties_go_to_the_better_price_then_credit_then_the_draw() -> None:
    cheap = Entry(A, D(80), D(1000), D(90))
    dear = Entry(B, D(80), D(2000), D(110))
    ranked = rank([dear, cheap], seed="s")
    assert [(place.entry.bid, place.tie_break) for place in ranked] == [
        (A, None),
        (B, "price_quality"),
    ]
    trusted = Entry(B, D(80), D(1000), D(110))
    assert [ranked.entry.bid for ranked in rank([cheap, trusted], seed="s")] == [B, A]


@pytest.mark.rule("Award 承榜")
def test_a_full_tie_is_drawn_and_the_draw_can_be_repeated() -> None:
    entries = [Entry(bid, D(80), D(1000), D(100)) for bid in (A, B, C)]
    ranked = rank(entries, seed="opening")
    assert [place.entry.bid for place in ranked] == sorted(
        (A, B, C), key=lambda b: draw("opening", b)
    )
    assert [place.tie_break for place in ranked] == [None, "draw", "draw"]
    assert rank(list(reversed(entries)), seed="opening") == ranked


@given(st.permutations(range(6)))
def test_the_order_of_arrival_does_not_change_the_ranking(order: list[int]) -> None:
    entries = [Entry(UUID(int=n + 1), D(60 + n % 3), D(1000 + n), D(100)) for n in range(6)]
    assert rank([entries[n] for n in order], seed="x") == rank(entries, seed="x")


def rules(minimum: int = 1) -> dict[Party, PartyRule]:
    weights = {
        Party.PARTY_ORGANISATIONS: 30,
        Party.RESIDENTS: 30,
        Party.DEPARTMENTS: 20,
        Party.EXPERTS: 20,
    }
    return {party: PartyRule(D(w), minimum, {"all": D(100)}) for party, w in weights.items()}


THRESHOLDS = {"excellent": D(90), "good": D(75), "pass": D(60)}


def result(marks: dict[Party, int]):  # type: ignore[no-untyped-def]
    sheets = {party: [{"all": D(mark)}] for party, mark in marks.items()}
    return assess(rules(), sheets, thresholds=THRESHOLDS, spread_limit=D(30))


@pytest.mark.rule("Assess 考榜")
@pytest.mark.parametrize(
    ("mark", "grade"), [(90, "excellent"), (89, "good"), (75, "good"), (60, "pass"), (59, "fail")]
)
def test_grades_begin_at_their_thresholds(mark: int, grade: str) -> None:
    assert result(dict.fromkeys(Party, mark)).grade == grade


@pytest.mark.rule("Assess 考榜")
def test_the_result_is_the_weighted_sum_of_the_parties() -> None:
    got = result(dict(zip(Party, (90, 80, 70, 60), strict=True)))
    # 27 + 24 + 14 + 12, by hand
    assert got.value == D("77.00")
    assert got.spread == D("30.00")
    assert not got.flagged


@pytest.mark.rule("Assess 考榜")
def test_more_than_30_points_between_parties_are_flagged() -> None:
    assert result(dict(zip(Party, (91, 80, 70, 60), strict=True))).flagged


@pytest.mark.rule("Assess 考榜")
def test_a_missing_party_stops_the_result() -> None:
    with pytest.raises(PartyMissing, match="residents"):
        result({party: 80 for party in Party if party is not Party.RESIDENTS})


@pytest.mark.rule("Assess 考榜")
def test_the_two_leading_parties_weigh_at_least_half() -> None:
    wrong = rules() | {
        Party.RESIDENTS: PartyRule(D(10), 1, {"all": D(100)}),
        Party.EXPERTS: PartyRule(D(40), 1, {"all": D(100)}),
    }
    with pytest.raises(BadInput, match="50"):
        assess(wrong, {}, thresholds=THRESHOLDS, spread_limit=D(30))
