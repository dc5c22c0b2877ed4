"""A use case takes one model: a form and a program are told the same about the same value."""

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from starlette.routing import Match

from api.form_limits import limits_of
from api.form_routes import FormRoute
from api.forms import FormData
from api.json.app import api_routers
from api.main import page_routers
from domain.errors import FieldsWrong
from tests.toy.installed import ALL
from tests.web.matrices import committed
from tests.web.programs import Called, calls
from tests.web.requests import VISITORS, Asked, requests
from tests.web.visitor import Visitor
from tests.web.world import World

LONG = "长" * 30_000
# Forms that nobody sees in the district of these tests, by what is asked of them there.
UNSEEN = {
    *("propose another partner", "decide a review", "ask for the escrow share too early"),
    *("repair a red entry", "appeal, no grounds", "draft a call, empty", "decide no appeal"),
    *("decide what is not short", "change a mark, not met yet", "record a meeting, not wanted"),
    *("agree to it", "confirm as a partner", "use the escrow share too early"),
    *("publish a year without a list", "follow without an address", "accept the milestone"),
}
FORMS = [
    route
    for router in page_routers(ALL)
    for route in router.routes
    if isinstance(route, FormRoute) and route.takes
]
PROGRAMS = [
    route
    for router in api_routers(ALL)
    for route in router.routes
    if isinstance(route, APIRoute) and route.body_field
]


def reads(route: APIRoute, model: type[Any]) -> bool:
    """Tell whether a program's request is read as a model, or as one that adds to it."""
    assert route.body_field is not None
    read_as = route.body_field.field_info.annotation
    return isinstance(read_as, type) and issubclass(read_as, model)


# What a person and a program may send alike, and has a text that may be too long.
BOTH = [
    model
    for model in dict.fromkeys(route.takes for route in FORMS if route.takes)
    if any(reads(route, model) for route in PROGRAMS)
    if any("maxlength" in limits_of(model).get(name, {}) for name in model.model_fields)
]


def matching(route: APIRoute, asked: Sequence[Asked] | Sequence[Called]) -> Iterator[Any]:
    """Yield the right requests of a route."""
    for request in asked:
        scope = {"type": "http", "method": request.method, "path": request.path}
        if route.matches(scope)[0] is Match.FULL:
            yield request


def likely(matrix: str, request: Asked | Called) -> list[str]:
    """Return the visitors, who may do this first: by the matrix, by what a right request comes to."""
    row = committed(matrix)[f"{request.method} {request.name}"]
    refused = ("409", "403", "404", "401", "sign-in")
    return sorted(
        VISITORS, key=lambda who: refused.index(row[who]) + 1 if row[who] in refused else 0
    )


@pytest.fixture(scope="module")
def programs(world: World, served: str) -> Iterator[dict[str, httpx.Client]]:
    """Everybody's program."""
    with ExitStack() as running:
        yield {who: running.enter_context(world.program(served, who)) for who in VISITORS}


def said_to_program(
    programs: dict[str, httpx.Client], called: Called, wrong: dict[str, str]
) -> dict[str, str]:
    """Return what is wrong with each field, in Chinese, as a program is told that may send it."""
    for who in likely("matrix_api.txt", called):
        answer = programs[who].request(called.method, called.path, json=(called.body or {}) | wrong)
        if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
            told = {
                problem["pointer"].removeprefix("/"): problem["zh"]
                for problem in answer.json()["errors"]
            }
            return {name: told[name] for name in wrong}
    raise AssertionError((called, answer.status_code, answer.text))


def shown_on_page(world: World, served: str, asked: Asked, wrong: dict[str, str]) -> str:
    """Return the page of a form in which these fields are wrong.

    Nothing is returned where nobody sees the form: the district is not where it is asked for.
    """
    ids = {name.partition("-")[0]: name for name in asked.data if "-" in name}
    typed = asked.data | {ids.get(name, name): value for name, value in wrong.items()}
    for who in likely("matrix.txt", asked):
        if who != "anonymous":
            answer = Visitor(served, world.people[who]).post(asked.path, **typed)
            refused = answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
            if refused and f'action="{asked.path}" method="post"' in answer.text:
                return str(answer.text)
    return ""


def mistakes(model: Any) -> Iterator[dict[str, str]]:
    """Yield what may be wrong with the texts of a model: each too long, and each too short."""
    limits = {name: limits_of(model).get(name, {}) for name in model.model_fields}
    yield {name: LONG for name, limit in limits.items() if "maxlength" in limit}
    if short := {name: "短" for name, limit in limits.items() if "minlength" in limit}:
        yield short


def marked(page: str) -> set[str]:
    """Return the names of the fields that a page marks as wrong, without what follows a dash."""
    tags = re.findall(r"<(?:input|select|textarea)[^>]*aria-invalid=[^>]*>", page)
    return {name.partition("-")[0] for tag in tags for name in re.findall(r' name="([^"]+)"', tag)}


def test_most_models_are_shared() -> None:
    assert len(BOTH) > 30


@pytest.mark.parametrize("model", BOTH, ids=lambda model: model.__name__)
def test_both_faces_say_the_same(
    world: World, served: str, programs: dict[str, httpx.Client], model: Any
) -> None:
    routes = [route for route in PROGRAMS if reads(route, model)]
    called = next(called for route in routes for called in matching(route, calls(world)))
    forms = [next(matching(route, requests(world))) for route in FORMS if route.takes is model]
    for wrong in mistakes(model):
        told = said_to_program(programs, called, wrong)
        with pytest.raises(FieldsWrong) as refused:
            FormData({name: [value] for name, value in wrong.items()}).read(model)
        assert {name: refused.value.fields[name].zh for name in wrong} == told
        for asked in forms:
            page = shown_on_page(world, served, asked, wrong)
            assert bool(page) is (asked.name not in UNSEEN), asked.name
            if page:
                assert [name for name in wrong if told[name] not in page] == [], asked.path
                assert set(wrong) <= marked(page), asked.path
