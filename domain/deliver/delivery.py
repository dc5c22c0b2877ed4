"""How a project's delivery stands: green, amber or red, with the reasons.

Source: the district's rules, "Deliver".
"""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from domain.conduct.corrective import CORRECTIVE_NAMES, NOT_ABLE, CorrectiveStatus
from domain.text import Text


class StatusColour(StrEnum):
    """How something goes: well, to be watched, or badly."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


STATUS_COLOUR_NAMES: Final[Mapping[StatusColour, Text]] = {
    StatusColour.GREEN: Text("正常", "on track"),
    StatusColour.AMBER: Text("需关注", "to be watched"),
    StatusColour.RED: Text("有问题", "in trouble"),
}
_ORDER: Final = tuple(StatusColour)


class MilestoneDue(NamedTuple):
    """A milestone: when it is due, and whether it was reported."""

    number: int
    due_on: date
    reported: bool


class DeliveryState(NamedTuple):
    """The colour, and why it is not green."""

    colour: StatusColour
    reasons: tuple[Text, ...]


def delivery_status(
    milestones: Sequence[MilestoneDue],
    corrective: CorrectiveStatus | None,
    last_visit: StatusColour | None,
    *,
    today: date,
) -> DeliveryState:
    """Return the worst of what milestones, an open corrective action and the last visit say."""
    reasons: list[tuple[StatusColour, Text]] = [
        (
            StatusColour.AMBER,
            Text(
                f"第 {milestone.number} 个里程碑逾期未报告",
                f"milestone {milestone.number} is overdue",
            ),
        )
        for milestone in milestones
        if not milestone.reported and milestone.due_on < today
    ]
    if corrective is not None:
        name = CORRECTIVE_NAMES[corrective]
        colour = StatusColour.RED if corrective in NOT_ABLE else StatusColour.AMBER
        reasons.append((colour, Text(f"整改：{name.zh}", f"corrective action: {name.en}")))
    if last_visit is not None and last_visit is not StatusColour.GREEN:
        name = STATUS_COLOUR_NAMES[last_visit]
        reasons.append((last_visit, Text(f"最近走访：{name.zh}", f"last visit: {name.en}")))
    worst = max((colour for colour, _ in reasons), key=_ORDER.index, default=StatusColour.GREEN)
    return DeliveryState(worst, tuple(text for _, text in reasons))
