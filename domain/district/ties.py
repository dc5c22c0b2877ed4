"""People close to an organisation without acting for it; they judge none of its bids.

Source: the district's rules, 承榜: the alliance office, the instructor and the incubator mentor of
a bidder.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.text import Text


class TieKind(StrEnum):
    """What somebody is to an organisation, or to an alliance."""

    INSTRUCTOR = "instructor"
    MENTOR = "mentor"
    ALLIANCE_OFFICER = "alliance_officer"


TIE_NAMES: Final[Mapping[TieKind, Text]] = {
    TieKind.INSTRUCTOR: Text("党建指导员", "Party-building instructor"),
    TieKind.MENTOR: Text("孵化导师", "incubator mentor"),
    TieKind.ALLIANCE_OFFICER: Text("联盟负责人", "alliance officer"),
}
