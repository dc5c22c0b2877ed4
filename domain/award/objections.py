"""Objections to an intended award: who stands how to it, and whether it still holds the award.

Source: the district's rules, 承榜; an appeal goes to the auditor.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from domain.text import Text


class Objector(StrEnum):
    """What somebody who objects is to the award."""

    BIDDER = "bidder"
    ORGANISATION = "organisation"
    PLACE = "place"
    PUBLIC = "public"


OBJECTOR_NAMES: Final[Mapping[Objector, Text]] = {
    Objector.BIDDER: Text("参与揭榜的组织", "a bidder"),
    Objector.ORGANISATION: Text("其他社会组织", "another organisation"),
    Objector.PLACE: Text("本街道社区人员", "somebody of the place"),
    Objector.PUBLIC: Text("其他人员", "somebody else"),
}


class Course(NamedTuple):
    """How far an objection has come; ``appeal_until`` is set when it is dismissed."""

    upheld: bool | None
    appeal_until: datetime | None
    appealed: bool
    appeal_upheld: bool | None


def returns_award(course: Course) -> bool:
    """Tell whether the award goes back to the panel."""
    return bool(course.upheld or course.appeal_upheld)


def waits(course: Course) -> bool:
    """Tell whether an answer, or the decision of an appeal, is owed."""
    return course.upheld is None or (course.appealed and course.appeal_upheld is None)


def holds_award(course: Course, at: datetime) -> bool:
    """Tell whether the award waits for it: for the answer, for the appeal, or for the time to appeal."""
    may_appeal = course.appeal_until is not None and at < course.appeal_until
    return waits(course) or (may_appeal and not course.appealed)
