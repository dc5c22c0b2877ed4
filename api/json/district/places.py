"""Places, and categories of needs."""

from typing import Any

from fastapi import APIRouter

from api.deps import SessionDep
from api.json.access import Anyone
from api.json.routing import ApiRoute
from api.json.shapes import needs as need_shapes
from api.json.shapes.base import Listing
from domain.needs.categories import CATEGORY_NAMES
from services.district.places import list_communities

router = APIRouter(route_class=ApiRoute, tags=["public"])


@router.get("/places", response_model=Listing[need_shapes.StreetCommunities])
def places(session: SessionDep, _: Anyone) -> Any:
    """List the streets with their communities."""
    return {
        "items": [
            {
                "street": street,
                "communities": [{"code": key, "name": name} for key, name in communities],
            }
            for street, communities in list_communities(session)
        ]
    }


@router.get("/categories", response_model=Listing[need_shapes.CategoryPublic])
def categories(_: Anyone) -> Any:
    """List the categories of needs and projects."""
    return {"items": [{"code": key, "name": name} for key, name in CATEGORY_NAMES.items()]}
