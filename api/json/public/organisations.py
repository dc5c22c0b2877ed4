"""Organisations as anybody may see them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.deps import SessionDep
from api.json.access import Anyone
from api.json.routing import ApiRoute
from api.json.shapes.base import Cursor
from services.public.board import PAGE
from services.public.organisations import (
    OrganisationsPage,
    OrganisationView,
    list_organisations,
    read_organisation,
)

router = APIRouter(route_class=ApiRoute, tags=["public"])
Limit = Annotated[int, Query(ge=1, le=100, description="How many a page holds.")]
Search = Annotated[str, Query(max_length=60, description="Words of a title, or a whole code.")]


@router.get("/organisations")
def organisations(
    session: SessionDep,
    _: Anyone,
    q: Search = "",
    cursor: Cursor = "",
    limit: Limit = PAGE,
) -> OrganisationsPage:
    """List organisations by name."""
    return list_organisations(session, text=q, after=cursor, size=limit)


@router.get("/organisations/{organisation_id}")
def organisation(session: SessionDep, _: Anyone, organisation_id: UUID) -> OrganisationView:
    """Show an organisation's public profile."""
    return read_organisation(session, organisation_id)
