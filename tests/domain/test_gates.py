from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.gates import (
    CastDecision,
    GateKind,
    Outcome,
    Policy,
    Verb,
    Verdict,
    begins_again,
    can_be_filled,
    effect_key,
    free_seat,
    gate_key,
    parse_key,
    settle,
    wake_key,
)
from domain.identity.roles import Grant, Role, Scope, Seat
from domain.lifecycle import Stage

ANNE, BO, CEM = UUID(int=1), UUID(int=2), UUID(int=3)
FOUR_EYES = Policy(
    (
        Seat(Role.COMMUNITY_SECRETARY, Scope.COMMUNITY, "c1"),
        Seat(Role.STREET_OFFICER, Scope.STREET, "s1"),
    ),
    (Verb.APPROVE, Verb.RETURN, Verb.REJECT),
)


def yes(person: UUID, seat: int, option: str | None = None) -> CastDecision:
    return CastDecision(person, Verb.APPROVE, option, seat)


@pytest.mark.rule("People")
def test_four_eyes_wait_for_both_seats() -> None:
    assert settle(FOUR_EYES, [yes(ANNE, 0)]) is None
    assert settle(FOUR_EYES, [yes(ANNE, 0), yes(BO, 1)]) == Verdict(Outcome.APPROVED)


@pytest.mark.rule("People")
def test_one_person_does_not_fill_a_seat_for_two() -> None:
    policy = Policy((Seat(Role.EXPERT, Scope.DISTRICT, "*", count=2),), (Verb.APPROVE,))
    assert settle(policy, [yes(ANNE, 0), yes(ANNE, 0)]) is None
    assert settle(policy, [yes(ANNE, 0), yes(BO, 0)]) == Verdict(Outcome.APPROVED)


@pytest.mark.parametrize(
    ("verb", "outcome"), [(Verb.RETURN, Outcome.RETURNED), (Verb.REJECT, Outcome.REJECTED)]
)
def test_one_return_or_rejection_ends_a_gate(verb: Verb, outcome: Outcome) -> None:
    assert settle(FOUR_EYES, [yes(ANNE, 0), CastDecision(BO, verb, None, 1)]) == Verdict(outcome)


def test_the_option_that_was_chosen_is_in_the_verdict() -> None:
    policy = Policy((Seat(Role.STREET_OFFICER, Scope.STREET, "s1"),), (Verb.APPROVE,), ("extend",))
    assert settle(policy, [yes(ANNE, 0, "extend")]) == Verdict(Outcome.APPROVED, "extend")


def test_a_gate_without_seats_is_never_settled_by_words() -> None:
    assert settle(Policy(), [yes(ANNE, 0)]) is None


def test_a_taken_seat_is_not_free() -> None:
    assert free_seat(FOUR_EYES, [yes(ANNE, 0)], [0]) is None
    assert free_seat(FOUR_EYES, [yes(ANNE, 0)], [0, 1]) == 1


def test_a_seat_admits_its_scope_and_the_whole_district_and_nobody_else() -> None:
    seat = Seat(Role.STREET_OFFICER, Scope.STREET, "s1")
    assert seat.admits(ANNE, [Grant(Role.STREET_OFFICER, Scope.STREET, "s1")])
    assert seat.admits(ANNE, [Grant(Role.STREET_OFFICER, Scope.DISTRICT, "*")])
    assert not seat.admits(ANNE, [Grant(Role.STREET_OFFICER, Scope.STREET, "s2")])
    assert not seat.admits(ANNE, [Grant(Role.EXPERT, Scope.DISTRICT, "*")])


def test_a_named_seat_admits_only_those_named() -> None:
    seat = Seat(Role.EXPERT, Scope.DISTRICT, "*", 1, (CEM,))
    grants = [Grant(Role.EXPERT, Scope.DISTRICT, "*")]
    assert seat.admits(CEM, grants)
    assert not seat.admits(ANNE, grants)


@given(st.sampled_from(Stage), st.sampled_from(GateKind), st.integers(1, 99), st.integers(1, 99))
def test_a_wake_key_holds_only_what_prefect_takes_and_reads_back(
    stage: Stage, kind: GateKind, round_: int, wake: int
) -> None:
    key = wake_key(stage, kind, round_, wake)
    assert all(char.islower() or char.isdigit() or char == "-" for char in key)
    assert parse_key(key) == (stage, kind, round_, wake)
    assert parse_key(gate_key(stage, kind, round_)) == (stage, kind, round_, None)


@pytest.mark.parametrize("key", ["", "1", "4b142710-848a-4504-9f93-5b2866cf32a5", "award-approval"])
def test_a_foreign_key_is_not_ours(key: str) -> None:
    assert parse_key(key) is None


def test_an_effect_is_named_by_project_stage_step_and_round() -> None:
    assert effect_key("LC-2026-0001", Stage.BID, "open", 2) == "LC-2026-0001:bid:open:r2"


@pytest.mark.parametrize("kind", GateKind)
def test_only_data_sent_back_and_a_broken_panel_begin_a_round_by_themselves(kind: GateKind) -> None:
    again = kind in (GateKind.REPAIR, GateKind.EVENT)
    assert begins_again(kind, Outcome.RETURNED) is again
    assert not begins_again(kind, Outcome.APPROVED)


@pytest.mark.parametrize(
    ("seats", "filled"),
    [
        ([], True),
        ([(1, [ANNE])], True),
        ([(1, [])], False),
        ([(2, [ANNE, BO])], True),
        ([(1, [ANNE]), (1, [ANNE])], False),
        ([(1, [ANNE, BO]), (1, [ANNE])], True),
        ([(1, [ANNE, BO]), (1, [ANNE]), (1, [BO])], False),
        ([(1, [ANNE, BO]), (1, [BO, CEM]), (1, [ANNE])], True),
    ],
)
def test_seats_are_filled_by_different_people(
    seats: list[tuple[int, list[UUID]]], filled: bool
) -> None:
    assert can_be_filled(seats) is filled
