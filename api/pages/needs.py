"""The public register of needs."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from api.deps import Anybody, SessionDep
from domain.choices import chosen
from models.needs import NeedStatus
from services.board import list_streets
from services.needs_register import NeedsFilter, read_need, read_needs_register

router = APIRouter(prefix="/needs")


@router.get("")
def register(
    session: SessionDep,
    v: Anybody,
    status: str = "",
    street: str = "",
    category: str = "",
    q: str = "",
    after: str = "",
) -> HTMLResponse:
    """Show the register."""
    asked = NeedsFilter(chosen(NeedStatus, status), street, category, q)
    page = read_needs_register(session, asked, after=after or None)
    return v.page("needs.html", page=page, asked=asked, after=after, streets=list_streets(session))


@router.get("/{code}")
def need(session: SessionDep, v: Anybody, code: str) -> HTMLResponse:
    """Show what became of one need."""
    return v.page("need.html", need=read_need(session, code))
