"""The board and the register of needs as files for a spreadsheet."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.deps import Anybody, SessionDep
from api.files import as_download
from api.pages.needs.needs_register import NeedsFilterDep
from api.pages.public.board import FilterDep
from api.security import RateLimit
from services.public.exports import board_table, needs_table
from services.tables.write import Table, written

router = APIRouter()
Seldom = Annotated[None, Depends(RateLimit("exports", 20))]


def _file(table: Table, form: str) -> Response:
    body, media_type = written(table, form)
    return as_download(body, media_type, f"{table.name}.{form}")


@router.get("/projects.{form}")
def projects(
    request: Request, session: SessionDep, _: Anybody, __: Seldom, asked: FilterDep, form: str
) -> Response:
    """Send what the filter finds on the board."""
    return _file(board_table(session, asked, request.state.lang), form)


@router.get("/needs.{form}")
def needs(
    request: Request, session: SessionDep, _: Anybody, __: Seldom, asked: NeedsFilterDep, form: str
) -> Response:
    """Send what the filter finds in the register of needs."""
    return _file(needs_table(session, asked, request.state.lang), form)
