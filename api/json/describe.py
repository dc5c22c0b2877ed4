"""The routes of the JSON API as a page lists them."""

from collections.abc import Iterable
from types import ModuleType
from typing import NamedTuple

from fastapi.routing import APIRoute

from api.json.access import scope_of
from api.json.zh import SUMMARIES
from domain.access import TokenScope
from domain.text import Text


class Operation(NamedTuple):
    """One route: where, what it does, and the scope its token needs (None for anybody)."""

    group: str
    method: str
    path: str
    summary: Text
    scope: TokenScope | None


def summary_of(route: APIRoute) -> Text:
    """Return what a route does, in both languages."""
    method = next(iter(route.methods or ()))
    return Text(SUMMARIES[f"{method} {route.path}"], route.description.partition("\n")[0])


def operations_of(modules: Iterable[ModuleType]) -> tuple[Operation, ...]:
    """Return every route of these modules, in their order."""
    return tuple(
        Operation(
            str(route.tags[0]),
            next(iter(route.methods or ())),
            route.path,
            summary_of(route),
            scope_of(route),
        )
        for module in modules
        for route in module.router.routes
        if isinstance(route, APIRoute)
    )
