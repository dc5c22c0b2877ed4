"""The JSON API for everybody: the committed matrix, walked, and every route's guard."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from starlette.routing import Match

from api.json.access import anyone, bearer, idempotent
from api.json.app import api_routers
from api.json.describe import operations_of
from api.json.zh import SUMMARIES
from domain.identity.access import TokenScope
from tests.toy.installed import ALL
from tests.web.matrices import compare, walked
from tests.web.programs import Called, calls
from tests.web.requests import VISITORS
from tests.web.world import World

ROUTES = [
    route for router in api_routers(ALL) for route in router.routes if isinstance(route, APIRoute)
]
# Their answers are secrets, which are not kept to be given again, or again changes nothing.
NOT_ONCE = {
    "/gates/{code}/{key}/approval-codes",
    "/projects/{code}/sheets",
    "/needs/similar",
    "/people/{login}/invitations",
    # The same again changes nothing, and a passphrase is not digested to be compared.
    "/projects/{code}/milestones/{number}/files",
    # A file sent twice counts once: by the version that names it.
    "/projects/{code}/bid/files",
    "/projects/{code}/opening",
    "/me/organisation/seal",
    "/escrow/{code}/confirmations",
}


def test_every_program_may_what_the_matrix_says(world: World, served: str, tmp_path: Path) -> None:
    programs = {who: world.program(served, who) for who in VISITORS}

    def asking(called: Called) -> Callable[[str], str]:
        return lambda who: str(
            programs[who].request(called.method, called.path, json=called.body).status_code
        )

    lines = walked((f"{call.method} {call.name}", asking(call)) for call in calls(world))
    for program in programs.values():
        program.close()
    compare(lines, "matrix_api.txt", tmp_path)


def test_every_route_is_in_the_matrix(world: World) -> None:
    asked = set()
    for method, path, _, _ in calls(world):
        scope = {"type": "http", "method": method, "path": path}
        route = next(route for route in ROUTES if route.matches(scope)[0] is Match.FULL)
        asked.add((method, route.path))
    assert len(ROUTES) > 50
    assert {
        (method, route.path) for route in ROUTES for method in route.methods or ()
    } - asked == set()


def test_every_operation_is_described_in_both_languages_and_nothing_else_is() -> None:
    named = {f"{method} {route.path}" for route in ROUTES for method in route.methods or ()}
    own = {name for name in named if " /registers/" not in name}
    assert set(SUMMARIES) == own
    described = operations_of(api_routers(ALL))
    assert all(operation.summary.zh and operation.summary.en for operation in described)


@pytest.mark.parametrize(
    "route", ROUTES, ids=lambda route: f"{sorted(route.methods)[0]} {route.path}"
)
def test_every_route_declares_its_guard_and_writes_can_be_repeated(route: APIRoute) -> None:
    needed, ahead = [], [route.dependant]
    while ahead:
        dependant = ahead.pop()
        needed.append(dependant)
        ahead += dependant.dependencies
    called = {guard.call for guard in needed}
    assert anyone in called
    if bearer in called:
        scopes = {
            scope
            for guard in needed
            if guard.call is bearer
            for scope in guard.own_oauth_scopes or ()
        }
        assert len(scopes) == 1
        assert scopes < set(TokenScope)
    writes = route.methods != {"GET"}
    assert (idempotent in called) is (writes and route.path not in NOT_ONCE)
    # What waits for one organisation is asked for by those who may read its bids.
    if "bid" in route.path.split("/") or route.path in (
        "/me/calls",
        "/me/bids",
        "/me/credit",
        "/me/organisation",
        "/me/organisation/seal",
    ):
        assert scopes == {TokenScope.BID}
