"""The embedded Prefect server: Prefect's own, with a door through which operators enter its UI.

Prefect's UI keeps the API's password in the browser's storage of its own address. The door takes
it from the fragment of a link, which no server ever sees, and leads on to the page asked for.
"""

from typing import Any, Final

from prefect.server.api.server import create_app as prefect_app
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from models.heap import keep_loaded

DOOR: Final = "/enter"
_PAGE: Final = """<!doctype html><html lang="zh"><meta charset="utf-8"><title>Prefect</title>
<script src="/enter.js"></script><noscript>请启用 JavaScript · JavaScript is needed.</noscript></html>"""
_SCRIPT: Final = """
const [password, path] = decodeURIComponent(location.hash.slice(1)).split("|");
history.replaceState(null, "", location.pathname);
if (password) localStorage.setItem("prefect-password", password);
location.replace(path && /^\\/[^/\\\\]/.test(path) ? path : "/");
"""
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Door:
    """Answers at the door; everything else is Prefect's."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap Prefect's ``app``."""
        self._app = app
        self._answers: dict[str, Response] = {
            DOOR: HTMLResponse(_PAGE, headers=_HEADERS),
            f"{DOOR}.js": Response(_SCRIPT, media_type="text/javascript", headers=_HEADERS),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        own = self._answers.get(scope["path"]) if scope["type"] == "http" else None
        await (own or self._app)(scope, receive, send)


def create_app() -> Any:
    """Return the server's application, as its environment sets it up."""
    app = Door(prefect_app())
    keep_loaded()
    return app
