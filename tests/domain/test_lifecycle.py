import pytest

from domain.conduct import conduct_list, corrective
from domain.errors import TransitionNotAllowed
from domain.lifecycle import (
    STAGE_NAMES,
    STAGE_OF,
    STATUS_NAMES,
    TERMINAL,
    TRANSITIONS,
    Action,
    Stage,
    Status,
    advance,
    allowed,
)

EVERY_FORBIDDEN_PAIR = [
    (status, action)
    for status in Status
    for action in Action
    if (status, action) not in TRANSITIONS
]


@pytest.mark.rule("The lifecycle")
@pytest.mark.parametrize(("status", "action"), EVERY_FORBIDDEN_PAIR, ids=str)
def test_a_forbidden_action_is_an_error_that_names_what_is_allowed(
    status: Status, action: Action
) -> None:
    with pytest.raises(TransitionNotAllowed) as refused:
        advance(status, action)
    assert refused.value.values["allowed"] == allowed(status)
    assert STATUS_NAMES[status].zh in refused.value.say("zh")
    assert "_" not in refused.value.say("zh") + refused.value.say("en")


@pytest.mark.rule("The lifecycle")
@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_nothing_leaves_a_terminal_status(status: Status) -> None:
    assert allowed(status) == ()


@pytest.mark.rule("The lifecycle")
def test_every_status_that_is_not_terminal_can_be_left_and_reached() -> None:
    reached = {Status.DRAFT} | set(TRANSITIONS.values())
    assert reached == set(Status)
    assert {status for status, _ in TRANSITIONS} == set(Status) - TERMINAL


def test_the_long_way_leads_from_draft_to_closed() -> None:
    status = Status.DRAFT
    for action in (
        Action.BEGIN_EVALUATION,
        Action.APPROVE_EVALUATION,
        Action.PUBLISH_CALL,
        Action.CLOSE_BIDS,
        Action.CONFIRM_RANKING,
        Action.SIGN_AGREEMENT,
        Action.ACCEPT_DELIVERY,
        Action.CLOSE,
    ):
        status = advance(status, action)
    assert status is Status.CLOSED


@pytest.mark.parametrize("status", [Status.DELIVERING, Status.ASSESSING])
def test_a_signed_project_is_terminated_not_cancelled(status: Status) -> None:
    assert Action.CANCEL not in allowed(status)
    assert advance(status, Action.TERMINATE) is Status.TERMINATED


def test_every_status_and_stage_has_a_name_in_both_languages() -> None:
    assert set(STATUS_NAMES) == set(Status)
    assert set(STAGE_NAMES) == set(Stage)


def test_every_stage_belongs_to_one_process() -> None:
    stages = [
        *STAGE_OF.values(),
        *corrective.STAGE_OF.values(),
        *conduct_list.LIST_STAGE_OF.values(),
    ]
    assert sorted(stages) == sorted(Stage)
