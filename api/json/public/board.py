"""The board 榜单."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import SessionDep
from api.json.access import Anyone
from api.json.routing import ApiRoute
from api.json.shapes.base import Cursor
from domain.public.board import Heading
from services.public.board import PAGE, BoardFilter, BoardPage, read_board

router = APIRouter(route_class=ApiRoute, tags=["public"])
Limit = Annotated[int, Query(ge=1, le=100, description="How many a page holds.")]
Search = Annotated[str, Query(max_length=60, description="Words of a title, or a whole code.")]
Street = Annotated[str, Query(max_length=12, description="A street's code.")]
Category = Annotated[str, Query(max_length=40, description="A category's code.")]


@router.get("/projects")
def board(
    session: SessionDep,
    _: Anyone,
    heading: Heading | None = None,
    street: Street = "",
    category: Category = "",
    q: Search = "",
    since: date | None = None,
    until: date | None = None,
    cursor: Cursor = "",
    limit: Limit = PAGE,
) -> BoardPage:
    """List the board: calls that close soonest first, else the newest projects first."""
    asked = BoardFilter(heading, street, category, q, since, until)
    return read_board(session, asked, after=cursor, size=limit)
