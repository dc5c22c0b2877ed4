"""Corrective action, the credit ledger and the conduct list: rules, whatever happens."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.conduct import corrective
from domain.conduct.conduct_list import (
    COLOUR_NAMES,
    GROUND_NAMES,
    RULE_NAMES,
    Colour,
    CreditEntry,
    CreditRule,
    Ground,
    Happening,
    ListMove,
    ListStatus,
    advance_list,
    propose,
    score,
)
from domain.conduct.corrective import CorrectiveMove, CorrectiveStatus, advance
from domain.errors import TransitionNotAllowed

DAYS = st.dates(date(2026, 1, 1), date(2029, 12, 31))
ENTRIES = st.lists(
    st.builds(
        lambda points, day, months: CreditEntry(points, day, day + timedelta(days=30 * months)),
        st.decimals(-100, 100, places=2),
        DAYS,
        st.integers(1, 36),
    ),
    max_size=12,
)
HAPPENINGS = st.lists(
    st.builds(
        Happening,
        st.integers(1, 3).map(lambda number: UUID(int=number)),
        st.sampled_from(CreditRule),
        st.integers(10, 13).map(lambda number: UUID(int=number)),
        st.dates(date(2026, 1, 1), date(2028, 6, 30)),
    ),
    max_size=14,
)
SINCE, UNTIL, WINDOW = date(2028, 6, 1), date(2028, 6, 30), date(2026, 6, 30)
ONE, TWO = UUID(int=1), UUID(int=2)
FIRST, SECOND = UUID(int=10), UUID(int=11)


@pytest.mark.rule("Deliver")
@pytest.mark.parametrize("status", CorrectiveStatus)
@pytest.mark.parametrize("move", CorrectiveMove)
def test_a_corrective_action_moves_by_its_table_alone(
    status: CorrectiveStatus, move: CorrectiveMove
) -> None:
    if (status, move) in corrective.TRANSITIONS:
        assert advance(status, move) is corrective.TRANSITIONS[status, move]
    else:
        with pytest.raises(TransitionNotAllowed):
            advance(status, move)


def test_what_is_healed_or_has_left_is_over() -> None:
    left = {status for status, _ in corrective.TRANSITIONS}
    assert set(CorrectiveStatus) - left == {CorrectiveStatus.HEALED, CorrectiveStatus.EXITED}
    assert set(corrective.STAGE_OF) == left


@pytest.mark.rule("Deliver")
def test_escalation_is_intervention_then_termination_then_exit() -> None:
    status = CorrectiveStatus.CORRECTING
    seen = []
    for move in (
        CorrectiveMove.ESCALATE,
        CorrectiveMove.GIVE_UP,
        CorrectiveMove.TERMINATE,
        CorrectiveMove.HAND_OVER,
    ):
        status = advance(status, move)
        seen.append(status)
    assert seen == ["intervening", "terminating", "exiting", "exited"]


def test_a_published_list_is_final() -> None:
    assert advance_list(ListStatus.LISTING, ListMove.PUBLISH) is ListStatus.PUBLISHED
    with pytest.raises(TransitionNotAllowed):
        advance_list(ListStatus.PUBLISHED, ListMove.PUBLISH)


@pytest.mark.rule("Consequences")
@given(ENTRIES, DAYS, st.randoms())
def test_the_score_is_rebuilt_from_events_in_whatever_order(entries, day, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(entries)
    random.shuffle(shuffled)
    assert score(Decimal(100), shuffled, on=day) == score(Decimal(100), entries, on=day)
    assert score(Decimal(0), entries, on=day) == sum(
        (score(Decimal(0), [entry], on=day) for entry in entries), Decimal(0)
    )


@pytest.mark.rule("Consequences")
def test_an_event_counts_from_its_day_until_it_fades() -> None:
    entries = [CreditEntry(Decimal(-15), date(2026, 3, 1), date(2028, 3, 1))]
    assert score(Decimal(100), entries, on=date(2026, 2, 28)) == 100
    assert score(Decimal(100), entries, on=date(2026, 3, 1)) == 85
    assert score(Decimal(100), entries, on=date(2028, 2, 29)) == 85
    assert score(Decimal(100), entries, on=date(2028, 3, 1)) == 100


def listed(*happenings: Happening) -> list[tuple[UUID, Colour, Ground]]:
    proposals = propose(happenings, since=SINCE, until=UNTIL, window_from=WINDOW)
    return [(proposal.organisation, proposal.colour, proposal.ground) for proposal in proposals]


IN_JUNE = date(2028, 6, 15)


@pytest.mark.rule("Consequences")
def test_red_is_for_an_excellent_result_without_an_upheld_complaint() -> None:
    excellent = Happening(ONE, CreditRule.EXCELLENT, FIRST, IN_JUNE)
    assert listed(excellent) == [(ONE, Colour.RED, Ground.EXCELLENT)]
    assert listed(excellent, Happening(ONE, CreditRule.COMPLAINT, FIRST, date(2028, 2, 1))) == []
    elsewhere = Happening(ONE, CreditRule.COMPLAINT, SECOND, IN_JUNE)
    assert listed(excellent, elsewhere) == [(ONE, Colour.RED, Ground.EXCELLENT)]
    assert listed(Happening(ONE, CreditRule.GOOD, FIRST, IN_JUNE)) == []


@pytest.mark.rule("Consequences")
def test_black_is_for_two_failures_within_24_months() -> None:
    last = Happening(ONE, CreditRule.FAIL, SECOND, IN_JUNE)
    assert listed(last) == []
    early = Happening(ONE, CreditRule.FAIL, FIRST, WINDOW)
    assert listed(early, last) == [(ONE, Colour.BLACK, Ground.FAILED_TWICE)]
    too_early = Happening(ONE, CreditRule.FAIL, FIRST, WINDOW - timedelta(days=1))
    assert listed(too_early, last) == []
    assert listed(Happening(TWO, CreditRule.FAIL, FIRST, WINDOW), last) == []
    twice_in_one = Happening(ONE, CreditRule.FAIL, SECOND, date(2028, 6, 1))
    assert listed(twice_in_one, last) == []
    nothing_new = Happening(ONE, CreditRule.FAIL, SECOND, date(2028, 5, 31))
    assert listed(early, nothing_new) == []


@pytest.mark.rule("Consequences")
@pytest.mark.parametrize(
    ("rule", "ground"),
    [
        (CreditRule.TERMINATED, Ground.TERMINATED),
        (CreditRule.FALSE_MATERIAL, Ground.FALSE_MATERIAL),
    ],
)
def test_black_is_for_a_termination_and_for_false_material(
    rule: CreditRule, ground: Ground
) -> None:
    excellent = Happening(ONE, CreditRule.EXCELLENT, SECOND, IN_JUNE)
    assert listed(Happening(ONE, rule, FIRST, IN_JUNE), excellent) == [(ONE, Colour.BLACK, ground)]
    assert listed(Happening(ONE, rule, FIRST, SINCE - timedelta(days=1))) == []


@given(HAPPENINGS, st.randoms())
def test_what_is_proposed_does_not_hang_on_the_order_of_events(happenings, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(happenings) + happenings[:3]
    random.shuffle(shuffled)
    span = {"since": SINCE, "until": UNTIL, "window_from": WINDOW}
    proposals = propose(happenings, **span)
    assert propose(shuffled, **span) == proposals
    assert len({(proposal.organisation, proposal.ground) for proposal in proposals}) == len(
        proposals
    )
    black = {proposal.organisation for proposal in proposals if proposal.colour is Colour.BLACK}
    assert not black & {
        proposal.organisation for proposal in proposals if proposal.colour is Colour.RED
    }


def test_every_rule_ground_and_colour_has_a_name() -> None:
    assert set(RULE_NAMES) == set(CreditRule)
    assert set(GROUND_NAMES) == set(Ground)
    assert set(COLOUR_NAMES) == set(Colour)
    assert set(corrective.CORRECTIVE_NAMES) == set(CorrectiveStatus)
    assert set(corrective.CAUSE_NAMES) == set(corrective.Cause)
    assert set(corrective.NOTE_NAMES) == set(corrective.NoteKind)
