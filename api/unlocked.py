"""An organisation's unlocked key, carried by the browser for a while.

The cookie holds the key encrypted under a key of this process, which is nowhere else: neither the
database nor the disk nor the browser alone can read what is sealed. After a restart, or when the
session ends, the passphrase is asked again.
"""

from typing import Final
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from api.visitors import COOKIE
from services.seal.sealing import SealBroken, new_pair, public_of, unwrap, wrap

_NAME: Final = "jiebang_seal"
_HOURS: Final = 4
_OWN: Final = new_pair()[0]
_PUBLIC: Final = public_of(_OWN)


def _about(request: Request, owner: UUID) -> str:
    return f"{owner}:{request.cookies.get(COOKIE, '')}"


def carry(request: Request, answer: Response, owner: UUID, private: bytes) -> None:
    """Let the browser carry the unlocked key of ``owner``, for this session alone."""
    answer.set_cookie(
        _NAME,
        wrap(_PUBLIC, private, _about(request, owner)).hex(),
        max_age=_HOURS * 3600,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def carried(request: Request, owner: UUID) -> bytes | None:
    """Return the unlocked key of ``owner`` that this session's browser carries, if any."""
    try:
        return unwrap(_OWN, bytes.fromhex(request.cookies.get(_NAME, "")), _about(request, owner))
    except (SealBroken, ValueError):
        return None
