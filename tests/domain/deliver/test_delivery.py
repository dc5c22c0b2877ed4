"""How a project's delivery stands: the worst of what is known, with its reasons."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.conduct.corrective import NOT_ABLE, CorrectiveStatus
from domain.deliver.delivery import STATUS_COLOUR_NAMES, MilestoneDue, StatusColour, delivery_status

TODAY = date(2027, 3, 1)
LATE = MilestoneDue(1, TODAY - timedelta(days=1), False)
FINE = [MilestoneDue(1, TODAY - timedelta(days=1), True), MilestoneDue(2, TODAY, False)]
OPEN = (CorrectiveStatus.CORRECTING, CorrectiveStatus.RECHECKING)


def test_what_is_reported_in_time_and_not_complained_of_is_green() -> None:
    assert delivery_status(FINE, None, None, today=TODAY) == (StatusColour.GREEN, ())
    assert delivery_status(FINE, None, StatusColour.GREEN, today=TODAY).reasons == ()


def test_a_milestone_is_overdue_from_the_day_after_until_it_is_reported() -> None:
    assert delivery_status([LATE], None, None, today=TODAY).colour is StatusColour.AMBER
    assert delivery_status([LATE], None, None, today=LATE.due_on).colour is StatusColour.GREEN


@pytest.mark.parametrize("status", [*OPEN, *sorted(NOT_ABLE)])
def test_a_corrective_action_is_amber_and_what_is_not_able_red(status: CorrectiveStatus) -> None:
    delivery = delivery_status(FINE, status, StatusColour.GREEN, today=TODAY)
    assert delivery.colour is (StatusColour.RED if status in NOT_ABLE else StatusColour.AMBER)
    assert len(delivery.reasons) == 1


@pytest.mark.rule("Deliver")
@given(st.sampled_from([None, *OPEN]), st.sampled_from([None, *StatusColour]), st.booleans())
def test_the_worst_counts_and_each_reason_is_said(
    corrective: CorrectiveStatus | None, visit: StatusColour | None, late: bool
) -> None:
    milestones = [LATE] if late else FINE
    delivery = delivery_status(milestones, corrective, visit, today=TODAY)
    reason_count = (
        late + (corrective is not None) + (visit in (StatusColour.AMBER, StatusColour.RED))
    )
    assert len(delivery.reasons) == reason_count
    assert (delivery.colour is StatusColour.GREEN) is (reason_count == 0)
    assert (delivery.colour is StatusColour.RED) is (visit is StatusColour.RED)


def test_every_colour_has_a_name() -> None:
    assert set(STATUS_COLOUR_NAMES) == set(StatusColour)
