"""An organisation's unlocked key, which a browser may use for a while.

The cookie holds random bytes; the key lies in the database, encrypted under what follows from
them. When the session ends, the passphrase is asked again.
"""

from typing import Final
from uuid import UUID

from fastapi import Request
from sqlmodel import Session
from starlette.responses import Response

from api.visitors import COOKIE
from services.identity.secrets import new_token
from services.seal.unlocked_keys import HELD, keep_unlocked, read_unlocked

_NAME: Final = "jiebang_seal"


def carry(
    request: Request, session: Session, answer: Response, owner: UUID, private: bytes
) -> None:
    """Let the browser use the unlocked key of ``owner``, for this session alone."""
    browser = new_token()
    sign_in = request.cookies.get(COOKIE, "")
    keep_unlocked(session, browser=browser, login_session=sign_in, owner=owner, private=private)
    answer.set_cookie(
        _NAME,
        browser,
        max_age=int(HELD.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def carried(request: Request, session: Session, owner: UUID) -> bytes | None:
    """Return the unlocked key of ``owner`` that this session's browser may use, if any."""
    if not (browser := request.cookies.get(_NAME)):
        return None
    sign_in = request.cookies.get(COOKIE, "")
    return read_unlocked(session, browser=browser, login_session=sign_in, owner=owner)
