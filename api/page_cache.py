"""Public pages that many read at once are made once for each state of the database.

A page is kept with the database's snapshot from which it was made, and given again only to a
reader who sees that very snapshot within the same minute: what it says is never older than the
database, and what it says of the time left at most a minute. Readers with a cookie are always served anew.
"""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Final, NamedTuple

from fastapi import Request
from sqlmodel import Session
from starlette.responses import HTMLResponse

from api.view import View
from services.clock import present

_MOST: Final = 256
_LONGEST: Final = 200_000


class _Kept(NamedTuple):
    state: str
    body: bytes


_pages: OrderedDict[tuple[str, ...], _Kept] = OrderedDict()
_lock: Final = Lock()


def cached_page(
    request: Request, session: Session, v: View, make: Callable[[], HTMLResponse]
) -> HTMLResponse:
    """Return the page that ``make`` makes, or the same as it was made for another reader."""
    if request.headers.get("cookie") or v.refusal:
        return make()
    v.at, snapshot = present(session)
    place = (request.url.netloc, v.lang, request.url.path, request.url.query)
    state = f"{session.get_bind().engine.url} {snapshot} {v.at:%Y-%m-%dT%H:%M}"
    with _lock:
        page = _pages.get(place)
        if page and page.state == state:
            _pages.move_to_end(place)
            return HTMLResponse(page.body)
    answer = make()
    body = bytes(answer.body)
    plain = answer.status_code == 200 and "set-cookie" not in answer.headers
    if plain and len(body) <= _LONGEST:
        with _lock:
            _pages[place] = _Kept(state, body)
            while len(_pages) > _MOST:
                _pages.popitem(last=False)
    return answer
