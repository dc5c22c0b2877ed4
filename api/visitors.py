"""Who is asking: the cookie, the guards of routes, and where people go to sign in."""

import hashlib
import hmac
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

COOKIE: Final = "jiebang"
_LONGEST: Final = 7 * 24 * 3600


def set_cookie(request: Request, response: Response, token: str) -> None:
    """Let the browser keep ``token``; no script reads it, and no other site sends it along."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=_LONGEST,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def csrf_token(cookie: str) -> str:
    """Return the token that forms carry for whoever holds this cookie."""
    return hmac.new(cookie.encode(), b"jiebang-form", hashlib.sha256).hexdigest()


def local(path: str) -> str:
    """Return ``path`` if it stays on this site, else the home of whoever signs in."""
    own = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if own and "\n" not in path and "\r" not in path else "/desk"


def client_of(request: Request) -> str:
    """Return a short name of the browser, for the list of one's sessions."""
    agent = request.headers.get("user-agent", "")
    systems = (
        ("iPhone", "iPhone"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    )
    browsers = (
        ("MicroMessenger", "WeChat"),
        ("Edg/", "Edge"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    )
    found = [
        next((name for mark, name in known if mark in agent), "") for known in (browsers, systems)
    ]
    return " · ".join(part for part in found if part) or "—"
