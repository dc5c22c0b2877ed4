"""A kind of process drawn: its statuses from top to bottom, its other ends beside them.

Statuses under way stand in one column, in the order of their declaration, with the usual end below.
Ways back and ways that leave a status out run at the left, ways to the other ends at the right.
Lengths are those of the drawing's own coordinates, which a page scales.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from itertools import pairwise
from typing import Any, Final, NamedTuple

from domain.text import Text
from services.gates.process_kits import ProcessKit

HEIGHT: Final = 38
_ROW: Final = 64
_LANE: Final = 14
_MARGIN: Final = 8
# How far from the middle of a status's edge a line leaves it, and another comes in.
_LEAVES: Final = 8
# The width of a letter, half that of a Chinese character, and the space left beside a name.
_LETTER: Final = 7.5
_AROUND_NAME: Final = 28
_NARROWEST: Final = 96


class Box(NamedTuple):
    """A status: its name, the corner it is drawn from, its width, and whether nothing follows it."""

    name: Text
    x: int
    y: int
    width: int
    is_end: bool

    @property
    def middle(self) -> int:
        """Return the height of its middle."""
        return self.y + HEIGHT // 2


class Way(NamedTuple):
    """A line from one status to another, as the path of an SVG."""

    before: Text
    after: Text
    path: str


class Diagram(NamedTuple):
    """The boxes and ways of a drawing, and its size in pixels where there is room."""

    boxes: tuple[Box, ...]
    ways: tuple[Way, ...]
    width: int
    height: int


def diagram_of(kit: ProcessKit[Any]) -> Diagram:
    """Return the drawing of a kind of process, each way between two statuses once."""
    ways = list(dict.fromkeys((before, after) for (before, _), after in kit.moves.items()))
    column = [status for status in kit.status_names if status not in kit.over]
    column += [after for before, after in ways if before == column[-1] and after in kit.over][:1]
    row = {status: number for number, status in enumerate(column)}
    beside = _rows_beside(ways, row, [status for status in kit.status_names if status in kit.over])
    at_left = [(before, after) for before, after in ways if _is_around(row, before, after)]
    left = _MARGIN + _LANE * (len(at_left) + 1)
    width = _width(kit.status_names.values())
    right = left + width + _LANE * (len(beside) + 2)
    boxes = {
        status: Box(kit.status_names[status], x, number * _ROW + _MARGIN, width, status in kit.over)
        for x, rows in ((left, row), (right, beside))
        for status, number in rows.items()
    }
    straight = [pair for pair in pairwise(column) if pair in ways]
    lanes = {end: left + width + _LANE * (number + 1) for number, end in enumerate(beside)}
    across = [(before, after) for before, after in ways if after in beside]
    drawn = {
        **{pair: _down(*_ends(boxes, pair)) for pair in straight},
        **{
            pair: _around(*_ends(boxes, pair), left - _LANE * (number + 1))
            for number, pair in enumerate(at_left)
        },
        **{
            pair: _across(*_ends(boxes, pair), lanes[pair[1]], _height_of(pair, across))
            for pair in across
        },
    }
    return Diagram(
        tuple(boxes.values()),
        tuple(
            Way(kit.status_names[before], kit.status_names[after], drawn[before, after])
            for before, after in ways
        ),
        max(box.x for box in boxes.values()) + width + _MARGIN,
        max(box.y for box in boxes.values()) + HEIGHT + _MARGIN,
    )


def _is_around(row: Mapping[Any, int], before: Enum, after: Enum) -> bool:
    """Tell whether a way leads back, or leaves out a status of the column."""
    return before in row and after in row and row[after] != row[before] + 1


def _rows_beside(
    ways: list[tuple[Any, Any]], row: Mapping[Any, int], over: Iterable[Any]
) -> dict[Any, int]:
    """Return the row of each end beside the column: that of what leads there first, or the next free."""
    first = {status: 0 for status in over if status not in row}
    first |= {after: row[before] for before, after in sorted(ways, key=lambda way: -row[way[0]])}
    rows: dict[Any, int] = {}
    for after, number in sorted(first.items(), key=lambda item: item[1]):
        if after in row:
            continue
        while number in rows.values():
            number += 1
        rows[after] = number
    return rows


def _width(names: Iterable[Text]) -> int:
    """Return the width of a box that has room for each name in both languages."""
    longest = max(max(len(name.en), 2 * len(name.zh)) for name in names)
    return max(_NARROWEST, 2 * round((longest * _LETTER + _AROUND_NAME) / 2))


def _height_of(pair: tuple[Any, Any], across: Sequence[tuple[Any, Any]]) -> int:
    """Return how far below the middle of its status a way leaves it, beside others of that status."""
    beside = [other for other in across if other[0] == pair[0]]
    return (2 * beside.index(pair) - len(beside) + 1) * _LEAVES // 2


def _ends(boxes: Mapping[Any, Box], pair: tuple[Any, Any]) -> tuple[Box, Box]:
    return boxes[pair[0]], boxes[pair[1]]


def _down(before: Box, after: Box) -> str:
    return f"M{before.x + before.width // 2} {before.y + HEIGHT}V{after.y}"


def _around(before: Box, after: Box, lane: int) -> str:
    return f"M{before.x} {before.middle + _LEAVES}H{lane}V{after.middle - _LEAVES}H{after.x}"


def _across(before: Box, after: Box, lane: int, lower: int) -> str:
    return f"M{before.x + before.width} {before.middle + lower}H{lane}V{after.middle}H{after.x}"
