"""How the platform is doing, for its operator."""

from fastapi import APIRouter

from api.deps import SessionDep
from api.json.access import Reading
from api.json.routing import ApiRoute
from api.json.shapes import people
from api.json.shapes.base import Cursor
from domain.identity.permissions import Act
from services.desk.operations import Operations, read_operations
from services.identity.actors import DISTRICT, authorise

router = APIRouter(route_class=ApiRoute, tags=["desk"])


@router.get("/operations", response_model=people.OperationsPublic)
def operations(session: SessionDep, who: Reading, cursor: Cursor = "") -> Operations:
    """Show how the platform is doing, for operators and administrators."""
    authorise(session, who.actor, Act.OPERATE, DISTRICT)
    return read_operations(session, after=cursor)
