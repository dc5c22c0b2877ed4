"""Visitors: their cookies, addresses and browsers, the token of forms, the way after sign-in."""

import hashlib
import hmac
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

COOKIE: Final = "jiebang"
DEVICE: Final = "jiebang_device"
_A_YEAR: Final = 365 * 24 * 3600
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


def set_device(request: Request, response: Response, token: str) -> None:
    """Let the browser keep the token of a device on which somebody has signed in."""
    response.set_cookie(
        DEVICE,
        token,
        max_age=_A_YEAR,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
        path="/",
    )


def csrf_token(cookie: str) -> str:
    """Return the token that forms carry for the holder of this cookie."""
    return hmac.new(cookie.encode(), b"jiebang-form", hashlib.sha256).hexdigest()


def address_of(request: Request) -> str:
    """Return the address a request came from; an IPv6 network of one household counts as one."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network(f"{host}/64", strict=False))
    return host


def local(path: str) -> str:
    """Return ``path`` if it stays on this site, else the home of the person who signs in."""
    own = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if own and "\n" not in path and "\r" not in path else "/desk"


def client_of(request: Request) -> str:
    """Return a short name of the browser, for the list of the actor's sessions."""
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
    names = [
        next((name for mark, name in known if mark in agent), "") for known in (browsers, systems)
    ]
    return " · ".join(part for part in names if part) or "—"
