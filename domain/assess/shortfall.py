"""Residents' answers that stay too few: the remedies, and when they may be decided.

Source: the district's rules, 考榜: after a reminder, the invitation may be widened or the minimum
lowered by a recorded decision. A party that is missing still stops the result, so the floor is
never below one.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.errors import BadInput
from domain.gates import REMIND_BEFORE
from domain.text import Text


class Remedy(StrEnum):
    """What is done about too few answers."""

    WIDEN = "widen"
    LOWER = "lower"


REMEDY_NAMES: Final[Mapping[Remedy, Text]] = {
    Remedy.WIDEN: Text("扩大邀请", "the invitation is widened"),
    Remedy.LOWER: Text("降低最少份数", "the minimum is lowered"),
}


def falls_short(answers: int, minimum: int, due_at: datetime | None, at: datetime) -> bool:
    """Tell whether answers are too few although the reminder went out."""
    return answers < minimum and due_at is not None and at >= due_at - REMIND_BEFORE


def check_lowered(wanted: int, *, minimum: int, floor: int) -> None:
    """Raise BadInput unless ``wanted`` is below the present minimum and not below the floor."""
    if floor >= minimum:
        raise BadInput(
            zh=f"最少份数已是 {minimum}，不能再降低。",
            en=f"The minimum is {minimum} and can't be lowered further.",
        )
    if not floor <= wanted < minimum:
        raise BadInput(
            zh=f"请填写 {floor} 到 {minimum - 1} 之间的份数。",
            en=f"Give a number from {floor} to {minimum - 1}.",
        )
