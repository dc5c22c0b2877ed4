"""Opening records, for everybody."""

from dataclasses import asdict

from fastapi import APIRouter
from starlette.responses import HTMLResponse, JSONResponse

from api.deps import Anybody, SessionDep
from domain.calendar import BEIJING
from services.bid.opening_records import list_openings, read_opening

router = APIRouter()


@router.get("/openings")
def openings(session: SessionDep, v: Anybody, after: str = "") -> HTMLResponse:
    """List the openings."""
    return v.page("bid/openings.html", page=list_openings(session, after=after or None))


@router.get("/projects/{code}/opening/{number}.json")
def record(session: SessionDep, v: Anybody, code: str, number: int) -> JSONResponse:
    """Send an opening's record, for programs and for checking a receipt offline."""
    del v
    opening_record = read_opening(session, code, number)
    sent = asdict(opening_record) | {
        "opened_at": opening_record.opened_at.astimezone(BEIJING).isoformat()
    }
    named = f'attachment; filename="opening-{code}-{number}.json"'
    return JSONResponse(sent, headers={"Content-Disposition": named})


@router.get("/projects/{code}/opening/{number}")
def opening(session: SessionDep, v: Anybody, code: str, number: int) -> HTMLResponse:
    """Show an opening's record."""
    return v.page("bid/opening.html", o=read_opening(session, code, number))
