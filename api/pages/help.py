"""Help, and whether the web is alive."""

from fastapi import APIRouter
from sqlalchemy import text
from starlette.responses import HTMLResponse, PlainTextResponse

from api.deps import Anybody, SessionDep

router = APIRouter()


@router.get("/help")
def explain(v: Anybody) -> HTMLResponse:
    """Explain the board to a newcomer."""
    return v.page("help.html")


@router.get("/healthz")
def health(session: SessionDep) -> PlainTextResponse:
    """Answer while the database does."""
    session.execute(text("SELECT 1"))
    return PlainTextResponse("ok")
