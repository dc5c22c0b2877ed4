"""Who asks: everybody, or the owner of a token that is good for what is asked.

How a route gets its caller is its guard: ``Anyone``, or one of ``Reading``, ``Working``,
``Bidding``, ``Deciding`` and ``Administering``, named after the scope that the token must have.
"""

import json
from dataclasses import replace
from typing import Annotated, Any, Final, NamedTuple

from fastapi import Depends, Header, Request, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from api.deps import SessionDep
from api.security import RateLimit
from domain.canonical import canonical
from domain.errors import BadInput, NotPermitted, TokenNeeded
from domain.identity.access import TOKEN_SCOPE_NAMES, TokenScope
from models.keyring import keyed_digest
from services.identity.access_tokens import Bearer, find_bearer
from services.identity.actors import Actor
from services.kept_answers import KeptAnswer, begin_answer

_PACE: Final = RateLimit("api", 600)
_bearer: Final = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="A personal access token, made under My account: `Authorization: Bearer jb_…`.",
)
Sent = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


async def anyone(request: Request, session: SessionDep, sent: Sent) -> Bearer | None:
    """Let everybody in; a token that is sent must hold."""
    await run_in_threadpool(_PACE, request)
    given = request.headers.get("authorization")
    if given is None:
        return None
    caller = await run_in_threadpool(find_bearer, session, sent.credentials) if sent else None
    if caller is None:
        raise TokenNeeded
    return caller


Anyone = Annotated[Bearer | None, Depends(anyone)]


async def bearer(wanted: SecurityScopes, caller: Anyone) -> Bearer:
    """Let in the owner of a token that is good for what is wanted."""
    if caller is None:
        raise TokenNeeded
    for scope in wanted.scopes:
        if scope not in caller.scopes:
            name = TOKEN_SCOPE_NAMES[TokenScope(scope)]
            raise NotPermitted(
                zh=f"这个令牌不包含“{name.zh}”（{scope}）。",
                en=f"this token is not good for: {name.en} ({scope}).",
            )
    return caller


Reading = Annotated[Bearer, Security(bearer, scopes=[TokenScope.READ])]
Working = Annotated[Bearer, Security(bearer, scopes=[TokenScope.WORK])]
Bidding = Annotated[Bearer, Security(bearer, scopes=[TokenScope.BID])]
Deciding = Annotated[Bearer, Security(bearer, scopes=[TokenScope.DECIDE])]
Administering = Annotated[Bearer, Security(bearer, scopes=[TokenScope.ADMINISTER])]

IfMatch = Annotated[
    str | None,
    Header(description="The ETag of what was read; needed where somebody else may change it."),
]
_LONGEST_KEY: Final = 100
_SECRETS: Final = frozenset({"password", "passphrase", "again", "new", "totp"})


class Repeat(NamedTuple):
    """A write under an Idempotency-Key; ``request.state`` carries it to the route.

    ``sealed`` keeps that it was done, and not its answer.
    """

    session: Session
    owner: str
    key: str
    sealed: bool


def scope_of(route: APIRoute) -> TokenScope | None:
    """Return the scope that a token needs at a route, None where no token is needed."""
    ahead = [route.dependant]
    while ahead:
        dependant = ahead.pop()
        if dependant.call is bearer:
            return TokenScope((dependant.own_oauth_scopes or [])[0])
        ahead += dependant.dependencies
    return None


def told_of(what: str, body: bytes) -> str:
    """Return the digest by which the same request is known; secrets in it do not count."""
    try:
        plain = canonical(_without_secrets(json.loads(body)))
    except (ValueError, RecursionError):
        plain = body
    return keyed_digest("request", f"{what}\n{plain.hex()}")


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_secrets(inner) for k, inner in value.items() if k not in _SECRETS}
    return [_without_secrets(inner) for inner in value] if isinstance(value, list) else value


class AnsweredBefore(Exception):
    """The same request was answered before; no error."""

    def __init__(self, answer: KeptAnswer) -> None:
        """Keep the answer."""
        super().__init__()
        self.answer = answer


async def idempotent(
    request: Request,
    session: SessionDep,
    caller: Anyone,
    idempotency_key: Annotated[
        str | None,
        Header(description="Sent again within a day with the same body, nothing is done twice."),
    ] = None,
) -> None:
    """Do a write once under a key: the same again raises AnsweredBefore."""
    if idempotency_key is None:
        return
    if not 1 <= len(idempotency_key) <= _LONGEST_KEY:
        raise BadInput(
            zh=f"Idempotency-Key 须为 1 到 {_LONGEST_KEY} 个字符。",
            en=f"An Idempotency-Key has 1 to {_LONGEST_KEY} characters.",
        )
    wanted = scope_of(request.scope["route"])
    if wanted:
        await bearer(SecurityScopes([wanted]), caller)
    told = told_of(f"{request.method} {request.url.path}", await request.body())
    # Programs without a token share no space: a key is good for the very same request alone.
    owner = str(caller.actor.person_id) if caller else f"anyone:{told}"
    answer = await run_in_threadpool(
        begin_answer, session, owner=owner, key=idempotency_key, request=told
    )
    if answer is not None:
        raise AnsweredBefore(answer)
    sealed = wanted is TokenScope.BID
    request.state.repeat = Repeat(session, owner, idempotency_key, sealed)


Idempotent = Depends(idempotent)


def proved_owner(who: Bearer) -> Actor:
    """Return the owner of a token: it was made with the password, which is the proof."""
    return replace(who.actor, proved=True)


def caller_of(request: Request, who: Bearer | None) -> str:
    """Return what tells one caller from another: the person, or else the address."""
    if who:
        return str(who.actor.person_id)
    return f"address:{request.client.host if request.client else ''}"
