"""The public board 榜单: which projects it shows, and under which heading."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.lifecycle import Status
from domain.text import Text


class Heading(StrEnum):
    """A heading of the board. A draft is under none: it is not public yet."""

    OPEN = "open"
    EVALUATING = "evaluating"
    AWARDING = "awarding"
    DELIVERING = "delivering"
    ENDED = "ended"


HEADING_OF: Final[Mapping[Status, Heading]] = {
    Status.EVALUATING: Heading.EVALUATING,
    Status.PUBLISHING: Heading.EVALUATING,
    Status.BIDDING: Heading.OPEN,
    Status.AWARDING: Heading.AWARDING,
    Status.IN_PUBLIC_NOTICE: Heading.AWARDING,
    Status.DELIVERING: Heading.DELIVERING,
    Status.ASSESSING: Heading.DELIVERING,
    Status.CLOSED: Heading.ENDED,
    Status.REJECTED: Heading.ENDED,
    Status.CANCELLED: Heading.ENDED,
    Status.NO_AWARD: Heading.ENDED,
    Status.TERMINATED: Heading.ENDED,
}

HEADING_NAMES: Final[Mapping[Heading, Text]] = {
    Heading.OPEN: Text("正在揭榜", "Open for bids"),
    Heading.EVALUATING: Text("评榜与拟榜", "Under evaluation"),
    Heading.AWARDING: Text("承榜与公示", "Being awarded"),
    Heading.DELIVERING: Text("实施与考榜", "In delivery"),
    Heading.ENDED: Text("已结束", "Ended"),
}

PUBLIC: Final = frozenset(HEADING_OF)
HIDDEN: Final = frozenset(Status) - PUBLIC


def statuses_under(heading: Heading) -> frozenset[Status]:
    """Return the statuses shown under ``heading``."""
    return frozenset(status for status, own_heading in HEADING_OF.items() if own_heading is heading)
