"""The routes of the JSON API as a page lists them."""

from collections.abc import Iterable
from typing import NamedTuple

from fastapi import APIRouter
from fastapi.routing import APIRoute

from api.json.access import scope_of
from api.json.zh import SUMMARIES
from domain.identity.access import TokenScope
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
    en, _, rest = route.description.partition("\n")
    # An operation of a register says it in both languages itself.
    return Text(SUMMARIES.get(f"{method} {route.path}") or rest.strip(), en)


def operations_of(routers: Iterable[APIRouter]) -> tuple[Operation, ...]:
    """Return every route of these routers, in their order."""
    return tuple(
        Operation(
            str(route.tags[0]),
            next(iter(route.methods or ())),
            route.path,
            summary_of(route),
            scope_of(route),
        )
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute)
    )
