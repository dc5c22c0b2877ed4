"""The board 榜单, as a page and as a feed."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, Response

from api.deps import Anybody, SessionDep
from api.page_cache import cached_page
from api.params import day
from domain.cells import printable
from domain.choices import chosen
from domain.errors import NotFound
from domain.public.board import Heading
from domain.text import Text
from services.public.board import BoardFilter, read_board
from services.public.board_events import read_events

router = APIRouter()


async def _asked(
    heading: str = "",
    street: str = "",
    category: str = "",
    q: str = "",
    since: str = "",
    until: str = "",
) -> BoardFilter:
    return BoardFilter(chosen(Heading, heading), street, category, q, day(since), day(until))


FilterDep = Annotated[BoardFilter, Depends(_asked)]


@router.get("/")
def board(
    request: Request, session: SessionDep, v: Anybody, asked: FilterDep, after: str = ""
) -> HTMLResponse:
    """Show the board."""

    def make() -> HTMLResponse:
        page = read_board(session, asked, after=after or None)
        return v.page("public/board.html", page=page, asked=asked, after=after)

    return cached_page(request, session, v, make)


_FEEDS: Final = {
    "atom": ("public/feed.xml", "application/atom+xml"),
    "rss": ("public/feed_rss.xml", "application/rss+xml"),
}


@router.get("/feed.{form}")
def feed(session: SessionDep, v: Anybody, asked: FilterDep, form: str) -> Response:
    """Give the newest events of the board as an Atom or RSS feed."""
    if form not in _FEEDS:
        raise NotFound(what=Text("格式", "format"), key=form)
    template, media_type = _FEEDS[form]
    text = bytes(v.page(template, events=read_events(session, asked)).body).decode()
    return Response(printable(text), media_type=media_type)
