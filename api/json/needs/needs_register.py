"""The public register of needs."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import SessionDep
from api.json.access import Anyone
from api.json.routing import ApiRoute
from api.json.shapes.base import Cursor
from models.needs import NeedStatus
from services.needs.needs_register import (
    NeedsFilter,
    NeedsPage,
    NeedView,
    read_need,
    read_needs_register,
)
from services.public.board import PAGE

router = APIRouter(route_class=ApiRoute, tags=["public"])
Limit = Annotated[int, Query(ge=1, le=100, description="How many a page holds.")]
Search = Annotated[str, Query(max_length=60, description="Words of a title, or a whole code.")]
Street = Annotated[str, Query(max_length=12, description="A street's code.")]
Category = Annotated[str, Query(max_length=40, description="A category's code.")]


@router.get("/needs")
def needs(
    session: SessionDep,
    _: Anyone,
    status: NeedStatus | None = None,
    street: Street = "",
    category: Category = "",
    q: Search = "",
    cursor: Cursor = "",
    limit: Limit = PAGE,
) -> NeedsPage:
    """List the register of needs, the newest first."""
    asked = NeedsFilter(status, street, category, q)
    return read_needs_register(session, asked, after=cursor, size=limit)


@router.get("/needs/{code}")
def need(session: SessionDep, _: Anyone, code: str) -> NeedView:
    """Show what became of one need."""
    return read_need(session, code)
