"""The routes of forms: a refused form is shown again as it was, a kept one is found again.

A form is named by the path to which it is sent. The route of a form says on which page it stands.
A refusal is raised: the changes that the request had begun are undone, and the page is read anew,
with the values typed in this form and the reason of the refusal. Other forms of the page stay as
they were.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import urlencode

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Message, Receive, Scope, Send

from api.form_limits import Limits, limits_of
from api.forms import Sent
from domain.errors import JiebangError

Do = TypeVar("Do", bound=Callable[..., Any])
_OF_A_REQUEST: Final = frozenset(
    {"route", "endpoint", "path_params", "router"}
    | {"fastapi", "fastapi_inner_astack", "fastapi_function_astack"}
)
# With these refusals, a reader who may not read the form's page gets the page's own error.
_SAY_LITTLE: Final = (404, 422)
_LONGEST_PATH: Final = 300
_OF_A_BODY: Final = frozenset({b"content-length", b"content-type", b"transfer-encoding"})


class Refusal(NamedTuple):
    """A form that was sent and is shown again, and why it was refused, if it was."""

    sent: Sent
    error: JiebangError | None


class FormRoute(APIRoute):
    """The route of a form: the kept values of the form are forgotten once it is done."""

    @property
    def shown_on(self) -> str:
        """Return the path of the page on which the form stands, with the names of its parts."""
        return getattr(self.endpoint, "shown_on", "")

    @property
    def open_to_all(self) -> bool:
        """Tell whether the form asks for no sign-in."""
        return getattr(self.endpoint, "open_to_all", False)

    @property
    def takes(self) -> type[BaseModel] | None:
        """Return the model as which the form is read."""
        return getattr(self.endpoint, "takes", None)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            response = await handle(request)
            sent: Sent | None = getattr(request.state, "sent", None)
            asked_more = hasattr(request.state, "refusal")
            if sent and response.status_code < 400 and not asked_more:
                beside = sent.path != request.url.path
                await to_thread.run_sync(request.state.kept_forms.forget, sent.path, beside)
            return response

        return answer


class FormRouter(APIRouter):
    """A router of pages and of the forms on them."""

    def __init__(self, prefix: str = "", shown: str = "") -> None:
        """Begin without routes, each of which will begin with ``prefix``.

        ``shown`` is the page of the forms that do not say on which they stand.
        """
        super().__init__(prefix=prefix, route_class=FormRoute)
        self._shown = shown

    def form(
        self,
        path: str,
        *,
        shown: str = "",
        of: str = "",
        query: Sequence[str] = (),
        takes: type[BaseModel] | None = None,
        open_to_all: bool = False,
    ) -> Callable[[Do], Do]:
        """Let a function do what a form asks; ``shown`` is the path of the form's page.

        ``of`` is the path of the form that has the button for this beside its own. ``query`` names
        the fields of the form by which its page is asked for, ``takes`` is what it is read as,
        ``open_to_all`` whether it asks for no sign-in, so that its drafts are nobody's in clear.
        """

        def decorate(do: Do) -> Do:
            setattr(do, "shown_on", shown or self._shown)  # noqa: B010  (a function has no such fields)
            setattr(do, "form_of", of)  # noqa: B010
            setattr(do, "shown_query", query)  # noqa: B010
            setattr(do, "takes", takes)  # noqa: B010
            setattr(do, "open_to_all", open_to_all)  # noqa: B010
            return self.post(path)(do)

        return decorate


def is_form(request: Request) -> bool:
    """Tell whether this request sends a form."""
    return bool(getattr(request.scope.get("endpoint"), "shown_on", ""))


def page_of(request: Request, sent: Sent) -> str:
    """Return the path of the page on which the form stands that this request has sent."""
    if page := page_of_form(request, sent.path):
        return page
    shown: str = getattr(request.scope.get("endpoint"), "shown_on", "")
    return shown.format_map(request.scope.get("path_params", {}))


def query_of(request: Request, sent: Sent) -> str:
    """Return the query by which the page of a form is asked for, as the form tells."""
    names = getattr(request.scope.get("endpoint"), "shown_query", ())
    return urlencode({name: text for name in names if (text := sent.typed.text(name))})


def page_of_form(request: Request, path: str) -> str:
    """Return the path of the page on which the form of another path stands, empty for none."""
    if matched := _route_of(request, path):
        route, parts = matched
        return route.shown_on.format_map(parts)
    return ""


def limits_of_form(request: Request, path: str) -> Limits:
    """Return how long each text of the form that is sent to ``path`` may be."""
    if (matched := _route_of(request, path)) and matched[0].takes:
        return limits_of(matched[0].takes)
    return {}


def is_open_to_all(request: Request, path: str) -> bool:
    """Tell whether the form that is sent to ``path`` asks for no sign-in."""
    matched = _route_of(request, path)
    return matched is not None and matched[0].open_to_all


class Forms:
    """The routes of all forms, found by the path to which one is sent."""

    def __init__(self, routes: Sequence[FormRoute]) -> None:
        """Hold the routes in the order in which they are asked."""
        self._routes = [route for route in routes if route.shown_on]
        self.at = lru_cache(maxsize=4096)(self._at)

    def _at(self, path: str) -> tuple[FormRoute, Mapping[str, str]] | None:
        asked = {"type": "http", "method": "POST", "path": path, "root_path": "", "headers": []}
        for route in self._routes:
            match, child_scope = route.matches(asked)
            if match is Match.FULL:
                return route, child_scope["path_params"]
        return None


def _route_of(request: Request, path: str) -> tuple[FormRoute, Mapping[str, str]] | None:
    forms: Forms = request.app.state.forms
    # The path may be what somebody has made up.
    return forms.at(path) if len(path) <= _LONGEST_PATH else None


class ShownAgain(Response):
    """The page of a refused form: a request of its own, after the refused one was undone."""

    def __init__(
        self,
        app: Any,
        page: str,
        query: str,
        status: int,
        headers: Mapping[str, str],
        instead: Callable[[], Response],
    ) -> None:
        """Show the page of this path and query; ``instead`` gives the answer without a page."""
        super().__init__(status_code=status)
        self._app, self._page, self._query, self._instead = app, page, query, instead
        self._further = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the page and send it, with the status and the headers of the error."""
        asked = {name: value for name, value in scope.items() if name not in _OF_A_REQUEST}
        asked |= {
            "method": "GET",
            "path": self._page,
            "raw_path": self._page.encode(),
            "query_string": self._query.encode(),
            "headers": [pair for pair in scope["headers"] if pair[0] not in _OF_A_BODY],
        }
        shown = False

        async def nothing() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def instead(message: Message) -> None:
            nonlocal shown
            if message["type"] == "http.response.start":
                own, status = (200, self.status_code), message["status"]
                shown = status in own or (status >= 400 and self.status_code in _SAY_LITTLE)
                if status == 200:
                    message = {**message, "status": self.status_code}
                message = {**message, "headers": [*message["headers"], *self._further]}
            if shown:
                await send(message)

        await self._app.router(asked, nothing, instead)
        if not shown:
            error = await to_thread.run_sync(self._instead)
            await error(scope, receive, send)
