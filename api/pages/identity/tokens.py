"""The visitor's personal access tokens, and the description of the interface they are for."""

from uuid import UUID

from fastapi import Request
from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import Anybody, SessionDep, SignedIn
from api.form_routes import FormRouter
from api.forms import FormDataDep
from api.pages.identity.proving import require_password
from api.site import site_of
from api.view import View
from domain.identity.access import TOKEN_SCOPE_NAMES
from services.identity.access_tokens import AccessTokenCreate, list_tokens, make_token, revoke_token

router = FormRouter()


def _page(session: Session, v: View, secret: str = "") -> HTMLResponse:
    return v.page(
        "identity/tokens.html",
        secret=secret,
        tokens=list_tokens(session, v.actor.person_id),
        scopes=TOKEN_SCOPE_NAMES,
    )


@router.get("/account/tokens")
def show(session: SessionDep, v: SignedIn) -> HTMLResponse:
    """List the visitor's tokens."""
    return _page(session, v)


@router.form("/account/tokens", shown="/account/tokens", takes=AccessTokenCreate)
def make(session: SessionDep, v: SignedIn, typed: FormDataDep) -> HTMLResponse:
    """Make a token, after the password; it is shown on this page and nowhere else."""
    require_password(session, v, typed.text("password"))
    secret = make_token(session, actor=v.actor, token=typed.read(AccessTokenCreate))
    return _page(session, v, secret)


@router.form("/account/tokens/{token_id}/revoke", shown="/account/tokens")
def revoke(session: SessionDep, v: SignedIn, _: FormDataDep, token_id: UUID) -> Response:
    """Revoke a token."""
    revoke_token(session, actor=v.actor, token_id=token_id)
    return v.go("/account/tokens", done="token-revoked")


@router.get("/help/api")
def reference(request: Request, v: Anybody) -> HTMLResponse:
    """Describe the JSON API to people; programs read its OpenAPI description."""
    base = site_of(request)
    return v.page(
        "identity/api.html",
        operations=request.app.state.operations,
        base=base,
        scopes=TOKEN_SCOPE_NAMES,
    )
