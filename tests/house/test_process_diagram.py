"""The drawing of a process: every status once, every way once, and no box over another."""

import re
from itertools import combinations, pairwise
from typing import Any

import pytest

from api.process_diagram import HEIGHT, Box, diagram_of
from services.gates.process_kits import ProcessKit
from services.processes import PROCESSES
from tests.toy.process import LOAN

KITS = [*PROCESSES, LOAN]
every_kind = pytest.mark.parametrize("kit", KITS, ids=lambda kit: kit.definition)


@every_kind
def test_every_status_is_drawn_once_and_its_ends_look_like_ends(kit: ProcessKit[Any]) -> None:
    boxes = diagram_of(kit).boxes
    assert {box.name: box.is_end for box in boxes} == {
        name: status in kit.over for status, name in kit.status_names.items()
    }
    assert len(boxes) == len(kit.status_names)


@every_kind
def test_every_way_is_drawn_once_from_its_status_to_the_next(kit: ProcessKit[Any]) -> None:
    diagram = diagram_of(kit)
    declared = {
        (kit.status_names[before], kit.status_names[after])
        for (before, _), after in kit.moves.items()
    }
    assert sorted((way.before.en, way.after.en) for way in diagram.ways) == sorted(
        (before.en, after.en) for before, after in declared
    )
    box_of = {box.name: box for box in diagram.boxes}
    for way in diagram.ways:
        points = _points(way.path)
        assert _is_on_edge(points[0], box_of[way.before]), way
        assert _is_on_edge(points[-1], box_of[way.after]), way


@every_kind
def test_nothing_is_drawn_over_a_box_or_outside(kit: ProcessKit[Any]) -> None:
    diagram = diagram_of(kit)
    for box, other in combinations(diagram.boxes, 2):
        assert abs(box.x - other.x) >= box.width or abs(box.y - other.y) >= HEIGHT
    for way in diagram.ways:
        points = _points(way.path)
        assert all(0 < x < diagram.width and 0 < y < diagram.height for x, y in points)
        for start, end in pairwise(points):
            assert not [box.name for box in diagram.boxes if _crosses(start, end, box)], way


def _points(path: str) -> list[tuple[int, int]]:
    """Return the corners of a path of straight lines."""
    points: list[tuple[int, int]] = []
    for step, numbers in re.findall(r"([MHV])([\d ]+)", path):
        values = [int(number) for number in numbers.split()]
        if step == "M":
            points.append((values[0], values[1]))
        elif step == "H":
            points.append((values[0], points[-1][1]))
        else:
            points.append((points[-1][0], values[0]))
    return points


def _crosses(start: tuple[int, int], end: tuple[int, int], box: Box) -> bool:
    """Tell whether a straight line runs through the inside of a box."""
    (x1, x2), (y1, y2) = sorted((start[0], end[0])), sorted((start[1], end[1]))
    return x1 < box.x + box.width and x2 > box.x and y1 < box.y + HEIGHT and y2 > box.y


def _is_on_edge(point: tuple[int, int], box: Box) -> bool:
    x, y = point
    across = x in (box.x, box.x + box.width) and box.y < y < box.y + HEIGHT
    along = y in (box.y, box.y + HEIGHT) and box.x < x < box.x + box.width
    return across or along
