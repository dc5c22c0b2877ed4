"""Opening records, for everybody."""

from fastapi import APIRouter

from api.deps import SessionDep
from api.json.access import Anyone
from api.json.routing import ApiRoute
from api.json.shapes.base import Cursor
from services.bid import opening_records
from services.bid.opening_records import OpeningRecord, OpeningsPage

router = APIRouter(route_class=ApiRoute, tags=["public"])


@router.get("/openings")
def openings(session: SessionDep, _: Anyone, cursor: Cursor = "") -> OpeningsPage:
    """List the openings, the newest first."""
    return opening_records.list_openings(session, after=cursor)


@router.get("/projects/{code}/openings/{number}")
def opening(session: SessionDep, _: Anyone, code: str, number: int) -> OpeningRecord:
    """Show an opening's record, against which a receipt is checked."""
    return opening_records.read_opening(session, code, number)
