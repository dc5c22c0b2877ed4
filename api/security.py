"""Headers of every answer, the largest body that is read, and how often one may try.

The limits by address hold for one process; what must hold everywhere (locked logins) is in the
database.
"""

from typing import Annotated, Final

from fastapi import Depends, Request
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.errors import TooManyTries
from models.limits import LARGEST_FORM

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
        """Pass the request on; what is too large ends with 413."""
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


TRIES: Final = MemoryStorage()


class Often:
    """A dependency that admits an address so many times a minute."""

    def __init__(self, name: str, times: int) -> None:
        """Count under ``name``."""
        self._name = name
        self._limit: RateLimitItem = RateLimitItemPerMinute(times)
        self._limiter = MovingWindowRateLimiter(TRIES)

    def __call__(self, request: Request) -> None:
        """Count this request; raise TooManyTries over the limit."""
        address = request.client.host if request.client else ""
        if not self._limiter.hit(self._limit, self._name, address):
            raise TooManyTries(minutes=1)


SignInOften = Annotated[None, Depends(Often("sign-in", 60))]
