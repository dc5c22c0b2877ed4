"""Every route for everybody: the committed matrix, walked.

Each row of ``matrix.txt`` is a request, each column a visitor; a cell says what came of it. After
a change of routes or permissions the test prints where the new table lies: read it, then commit it.
"""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute
from starlette.routing import Match

from api.deps import administrator, anybody, machine, operator, signed_in
from api.forms import checked_form
from api.main import page_routers
from tests.toy.installed import ALL
from tests.web.matrices import compare, walked
from tests.web.requests import VISITORS, Asked, requests
from tests.web.world import World

ROUTES = [
    route for router in page_routers(ALL) for route in router.routes if isinstance(route, APIRoute)
]
GUARDS = {anybody, signed_in, operator, administrator, machine}


def outcome(answer: httpx.Response) -> str:
    """Return in a word what came of a request."""
    if answer.status_code == 303:
        return "sign-in" if answer.headers["location"].startswith("/sign-in") else "done"
    return "ok" if answer.status_code == 200 else str(answer.status_code)


def test_everybody_may_what_the_matrix_says(world: World, served: str, tmp_path: Path) -> None:
    clients = {who: world.client(served, who) for who in VISITORS}

    def asking(asked: Asked) -> Callable[[str], str]:
        def ask(who: str) -> str:
            data = world.form(who, **asked.data) if asked.method == "POST" else None
            return outcome(clients[who].request(asked.method, asked.path, data=data))

        return ask

    lines = walked(
        (f"{request.method} {request.name}", asking(request)) for request in requests(world)
    )
    for client in clients.values():
        client.close()
    compare(lines, "matrix.txt", tmp_path)


def test_every_route_is_in_the_matrix(world: World) -> None:
    asked = set()
    for method, path, _, _ in requests(world):
        scope = {"type": "http", "method": method, "path": path}
        route = next(route for route in ROUTES if route.matches(scope)[0] is Match.FULL)
        asked.add((method, route.path))
    assert len(ROUTES) > 50
    assert {
        (method, route.path) for route in ROUTES for method in route.methods or ()
    } - asked == set()


def _calls(route: APIRoute) -> set[object]:
    calls: set[object] = set()
    ahead = [route.dependant]
    while ahead:
        dependant = ahead.pop()
        calls.add(dependant.call)
        ahead += dependant.dependencies
    return calls


@pytest.mark.parametrize(
    "route", ROUTES, ids=lambda route: f"{sorted(route.methods)[0]} {route.path}"
)
def test_every_route_declares_its_guard_and_writes_only_with_a_token(route: APIRoute) -> None:
    calls = _calls(route)
    assert calls & GUARDS or route.path == "/healthz"
    assert route.methods in ({"GET"}, {"POST"})
    # A program's request carries no cookie that another site could make a browser send.
    assert (checked_form in calls) is (route.methods == {"POST"} and machine not in calls)
    assert not {machine, anybody} <= calls


def test_a_form_without_its_token_changes_nothing(world: World, served: str) -> None:
    world.cookies.pop("street", None)
    with world.client(served, "street") as client:
        for method, path, _, _ in requests(world):
            if method == "POST" and not path.startswith("/open311/"):
                answer = client.post(path, data={"csrf": "0" * 64})
                assert answer.status_code == 403, path
