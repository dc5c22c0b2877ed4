"""Help, and whether the web is alive."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse, PlainTextResponse

from api.deps import Anybody
from models.session import answers

router = APIRouter()


@router.get("/help")
def explain(v: Anybody) -> HTMLResponse:
    """Explain the board to a newcomer."""
    return v.page("help.html")


@router.get("/healthz")
def health() -> PlainTextResponse:
    """Say whether the database answers, however busy the pages are."""
    well = answers()
    return PlainTextResponse("ok" if well else "no database", 200 if well else 503)
