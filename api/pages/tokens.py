"""One's personal access tokens, and the description of the interface they are for."""

from uuid import UUID

from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import Anybody, SessionDep, SignedIn
from api.errors import status_of
from api.forms import Typed, TypedDep, refused
from api.json.app import ROUTERS
from api.json.describe import Operation, operations_of
from api.pages.proving import prove_here
from api.site import site_of
from api.view import View
from domain.access import TOKEN_SCOPE_NAMES
from domain.errors import BadInput, JiebangError
from services.identity.access_tokens import AccessTokenCreate, list_tokens, make_token, revoke_token

router = APIRouter()
OPERATIONS: tuple[Operation, ...] = operations_of(ROUTERS)


def _page(session: Session, v: View, f: Typed, secret: str = "") -> HTMLResponse:
    return v.page(
        "tokens.html",
        status=status_of(f.error) if f.error else 200,
        f=f,
        secret=secret,
        tokens=list_tokens(session, v.actor.person_id),
        scopes=TOKEN_SCOPE_NAMES,
    )


@router.get("/account/tokens")
def show(session: SessionDep, v: SignedIn) -> HTMLResponse:
    """List one's tokens."""
    return _page(session, v, Typed())


@router.post("/account/tokens")
def make(session: SessionDep, v: SignedIn, typed: TypedDep) -> HTMLResponse:
    """Make a token, after the password; it is shown on this page and nowhere else."""
    if why := prove_here(session, v, typed.text("password")):
        # Not undone: a wrong password is counted.
        return _page(session, v, typed.refused(BadInput(zh=why.zh, en=why.en)))
    try:
        secret = make_token(session, actor=v.actor, token=typed.read(AccessTokenCreate))
    except JiebangError as error:
        return _page(session, v, refused(session, typed, error))
    return _page(session, v, Typed(), secret)


@router.post("/account/tokens/{token_id}/revoke")
def revoke(session: SessionDep, v: SignedIn, _: TypedDep, token_id: UUID) -> Response:
    """Revoke a token."""
    revoke_token(session, actor=v.actor, token_id=token_id)
    return v.go("/account/tokens", done="token-revoked")


@router.get("/help/api")
def reference(request: Request, v: Anybody) -> HTMLResponse:
    """Describe the JSON API to people; programs read its OpenAPI description."""
    base = site_of(request)
    return v.page("api.html", operations=OPERATIONS, base=base, scopes=TOKEN_SCOPE_NAMES)
