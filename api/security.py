"""Headers of every answer, the largest body that is read, and how often one may try."""

from collections import deque
from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.visitors import COOKIE, address_of
from domain.errors import TooManyTries
from domain.text import Text
from models.keyring import keyed_digest
from models.limits import LARGEST_FORM
from services.rate_limits import admit

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class SecurityHeaders:
    """Put the headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the answer back with its headers."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)


LARGEST_BODY: Final = 16 * 1024 * 1024
_FILES: Final = b"multipart/form-data"


class LimitBody:
    """Read no more of a request's body than ``LARGEST_BODY`` bytes, of a form with files more."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; one that is too large ends with 413."""
        read = 0
        kind = dict(scope.get("headers", ())).get(b"content-type", b"")
        most = LARGEST_FORM if kind.startswith(_FILES) else LARGEST_BODY

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)


_LOOKED_AT: Final = 300


# So many visitors may come from one address at once, as from one hall.
HALL: Final = 5


class RateLimit:
    """A dependency that admits a visitor so many times a minute, and an address more often.

    A visitor is known by the token in the address of a printed sheet, by a program's token, or by
    the browser's cookie: sixty residents in one hall all answer. Without any of them, the address
    is the visitor.
    """

    def __init__(self, name: str, times: int) -> None:
        """Count under ``name``."""
        self._name, self._times = name, times

    def __call__(self, request: Request) -> None:
        """Count this request; raise TooManyTries over the limit."""
        address, visitor = keyed_digest("address", address_of(request)), _visitor(request)
        most = HALL * self._times if visitor else self._times
        # An address with visitors counts apart from the same one without.
        hall = f"{self._name}:hall" if visitor else self._name
        admitted = admit(hall, address, most) and (
            not visitor or admit(self._name, visitor, self._times)
        )
        if not admitted:
            raise TooManyTries


def _visitor(request: Request) -> str:
    token = request.path_params.get("token") or request.headers.get("authorization")
    secret = token or request.cookies.get(COOKIE)
    return keyed_digest("visitor", secret) if secret else ""


class Origins:
    """Where the last requests came from: behind a proxy that hides addresses it is one place."""

    def __init__(self) -> None:
        """Begin with none."""
        self._last: deque[str] = deque(maxlen=_LOOKED_AT)

    def note(self, address: str) -> None:
        """Remember one more request."""
        self._last.append(address)

    def only(self) -> str | None:
        """Return the address of all of the last requests, None where there are several, or few."""
        seen = set(self._last)
        return seen.pop() if len(seen) == 1 and len(self._last) == _LOOKED_AT else None


ORIGINS: Final = Origins()
HIDDEN: Final = Text(
    "最近的访问都来自 {address}：网页前面可能有代理而没有设置 JIEBANG_TRUSTED_PROXIES，全区会共用一份访问次数。",
    "All recent requests came from {address}: there may be a proxy in front of the web without "
    "JIEBANG_TRUSTED_PROXIES, and the whole district shares one limit.",
)


class NoteOrigins:
    """Remember where requests come from."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] == "http" and scope["path"] != "/healthz":
            ORIGINS.note((scope.get("client") or ("",))[0])
        await self._app(scope, receive, send)


SignInOften = Annotated[None, Depends(RateLimit("sign-in", 60))]
