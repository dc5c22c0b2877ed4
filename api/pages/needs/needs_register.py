"""The public register of needs."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import HTMLResponse

from api.deps import Anybody, SessionDep
from domain.choices import chosen
from models.needs import NeedStatus
from services.needs.needs_register import NeedsFilter, read_need, read_needs_register
from services.public.board import list_streets

router = APIRouter(prefix="/needs")


async def _asked(
    status: str = "", street: str = "", category: str = "", q: str = ""
) -> NeedsFilter:
    return NeedsFilter(chosen(NeedStatus, status), street, category, q)


NeedsFilterDep = Annotated[NeedsFilter, Depends(_asked)]


@router.get("")
def register(
    session: SessionDep, v: Anybody, asked: NeedsFilterDep, after: str = ""
) -> HTMLResponse:
    """Show the register."""
    page = read_needs_register(session, asked, after=after or None)
    return v.page(
        "needs/needs.html", page=page, asked=asked, after=after, streets=list_streets(session)
    )


@router.get("/{code}")
def need(session: SessionDep, v: Anybody, code: str) -> HTMLResponse:
    """Show what became of one need."""
    return v.page("needs/need.html", need=read_need(session, code))
