"""Sign in, prove who the visitor is, and link their account, by the district's single sign-on."""

from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import Anybody, SessionDep, SignedIn
from api.form_routes import FormRouter
from api.forms import FormDataDep
from api.pages.identity.proving import require_password
from api.security import SignInOften
from api.site import site_of
from api.visitors import COOKIE, client_of, local, set_cookie
from domain.errors import NotPermitted
from models.session import unit_of_work
from services.identity.single_sign_on import (
    Purpose,
    begin_sso,
    finish_sso,
    sso_name,
    take_attempt,
    unlink,
)

router = FormRouter()


def _back(request: Request) -> str:
    """Return the one address to which the provider sends people back, in whatever language."""
    return f"{site_of(request)}/sign-in/sso/back"


@router.get("/sign-in/sso")
def go(
    request: Request, session: SessionDep, v: Anybody, _: SignInOften, next: str = "/desk"
) -> Response:
    """Go to the provider: to sign in, or, signed in, to prove again who one is."""
    cookie = request.cookies.get(COOKIE)
    if cookie is None:
        return v.go("/sign-in", next=local(next))
    who = v.visitor
    # No connection waits for the provider.
    session.rollback()
    url = begin_sso(
        session,
        purpose=Purpose.PROVE if who else Purpose.SIGN_IN,
        browser=cookie,
        redirect_uri=_back(request),
        next=v.url(local(next), done="proved" if who else "signed-in"),
        person_id=who.actor.person_id if who else None,
    )
    return RedirectResponse(url, 303)


@router.get("/sign-in/sso/back")
def back(
    request: Request,
    session: SessionDep,
    v: Anybody,
    _: SignInOften,
    state: str = "",
    code: str = "",
) -> Response:
    """Take who comes back from the provider."""
    if not code:
        raise NotPermitted(zh="您没有在身份提供方完成登录。", en="you did not finish there.")
    with unit_of_work() as once:
        attempt = take_attempt(once, state=state, browser=request.cookies.get(COOKIE, ""))
    who = v.visitor
    session.rollback()
    came = finish_sso(
        session,
        attempt=attempt,
        code=code,
        client=client_of(request),
        session_id=who.session_id if who else None,
    )
    answer = RedirectResponse(came.next, 303)
    if came.token:
        set_cookie(request, answer, came.token)
    return answer


@router.form("/account/sso/link", shown="/account")
def link(request: Request, session: SessionDep, v: SignedIn, typed: FormDataDep) -> HTMLResponse:
    """Show the way to the provider, after the password; coming back links it to their account."""
    require_password(session, v, typed.text("password"))
    url = begin_sso(
        session,
        purpose=Purpose.LINK,
        browser=request.cookies[COOKIE],
        redirect_uri=_back(request),
        next=v.url("/account", done="linked"),
        person_id=v.actor.person_id,
    )
    return v.page("identity/sso.html", url=url, name=sso_name())


@router.form("/account/sso/unlink", shown="/account")
def forget(session: SessionDep, v: SignedIn, _: FormDataDep) -> Response:
    """Forget what one is at the provider."""
    unlink(session, v.actor)
    return v.go("/account", done="unlinked")
