"""Every route for everybody: the committed matrix, walked.

Each row of ``matrix.txt`` is a request, each column a visitor; a cell says what came of it. After
a change of routes or permissions the test prints where the new table lies: read it, then commit it.
"""

from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute
from starlette.routing import Match

from api.deps import anybody, machine, operator, signed_in
from api.forms import typed_form
from api.main import PAGES
from api.security import TRIES
from tests.web.requests import VISITORS, requests
from tests.web.world import World

MATRIX = Path(__file__).with_name("matrix.txt")
ROUTES = [one for page in PAGES for one in page.router.routes if isinstance(one, APIRoute)]
GUARDS = {anybody, signed_in, operator, machine}


def outcome(answer: httpx.Response) -> str:
    """Return in a word what came of a request."""
    if answer.status_code == 303:
        return "sign-in" if answer.headers["location"].startswith("/sign-in") else "done"
    return "ok" if answer.status_code == 200 else str(answer.status_code)


def walk(world: World, served: str) -> list[str]:
    """Return the matrix as lines of text."""
    clients = {who: world.client(served, who) for who in VISITORS}
    lines = ["request | " + " | ".join(VISITORS)]
    for method, path, name, values in requests(world):
        TRIES.reset()
        cells = []
        for who in VISITORS:
            data = world.form(who, **values) if method == "POST" else None
            cells.append(outcome(clients[who].request(method, path, data=data)))
        lines.append(f"{method} {name} | " + " | ".join(cells))
    for client in clients.values():
        client.close()
    return lines


def test_everybody_may_what_the_matrix_says(world: World, served: str, tmp_path: Path) -> None:
    found = walk(world, served)
    new = tmp_path / "matrix.txt"
    new.write_text("\n".join(found) + "\n", encoding="utf-8")
    held = MATRIX.read_text(encoding="utf-8").splitlines() if MATRIX.exists() else []
    assert found == held, f"the table is now {new}: read it, then commit it"


def test_every_route_is_in_the_matrix(world: World) -> None:
    asked = set()
    for method, path, _, _ in requests(world):
        scope = {"type": "http", "method": method, "path": path}
        route = next(one for one in ROUTES if one.matches(scope)[0] is Match.FULL)
        asked.add((method, route.path))
    assert len(ROUTES) > 50
    assert {(method, one.path) for one in ROUTES for method in one.methods or ()} - asked == set()


def _calls(route: APIRoute) -> set[object]:
    found: set[object] = set()
    ahead = [route.dependant]
    while ahead:
        one = ahead.pop()
        found.add(one.call)
        ahead += one.dependencies
    return found


@pytest.mark.parametrize("route", ROUTES, ids=lambda one: f"{sorted(one.methods)[0]} {one.path}")
def test_every_route_declares_its_guard_and_writes_only_with_a_token(route: APIRoute) -> None:
    calls = _calls(route)
    assert calls & GUARDS or route.path == "/healthz"
    assert route.methods in ({"GET"}, {"POST"})
    # A program's request carries no cookie that another site could make a browser send.
    assert (typed_form in calls) is (route.methods == {"POST"} and machine not in calls)
    assert not {machine, anybody} <= calls


def test_a_form_without_its_token_changes_nothing(world: World, served: str) -> None:
    world.cookies.pop("street", None)
    with world.client(served, "street") as client:
        for method, path, _, _ in requests(world):
            if method == "POST" and not path.startswith("/open311/"):
                answer = client.post(path, data={"csrf": "0" * 64})
                assert answer.status_code == 403, path
