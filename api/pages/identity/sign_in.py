"""Sign in and out, and set a password by an invitation."""

from fastapi import Request
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import Anybody, SessionDep, SignedIn
from api.form_routes import FormRouter
from api.forms import FormData, FormDataDep
from api.security import SignInOften
from api.view import View
from api.visitors import DEVICE, address_of, client_of, local, set_cookie, set_device
from domain.errors import BadInput
from services.clock import is_demo
from services.identity.credentials import accept_invitation, invited, totp_is_on
from services.identity.demo_people import PASSWORD, demo_people
from services.identity.secrets import new_token
from services.identity.sessions import begin_session, end_session
from services.identity.sign_in import Origin, remember_device, sign_in
from services.identity.single_sign_on import sso_name

router = FormRouter()


def _form(session: Session, v: View, stored: FormData, *, code: bool = False) -> HTMLResponse:
    people = demo_people(session) if is_demo(session) else []
    return v.page(
        "identity/sign_in.html",
        stored=stored,
        wants_code=code,
        people=people,
        sso=sso_name(),
        demo_password=PASSWORD,
    )


@router.get("/sign-in")
def ask(session: SessionDep, v: Anybody, next: str = "/desk") -> Response:
    """Show the form."""
    if v.visitor:
        return v.go(local(next))
    return _form(session, v, FormData({"next": [local(next)]}))


@router.form("/sign-in", shown="/sign-in")
def enter(
    request: Request, session: SessionDep, v: Anybody, typed: FormDataDep, _: SignInOften
) -> Response:
    """Sign in, and go where one wanted to go."""
    came = sign_in(
        session,
        login=typed.text("login"),
        password=typed.text("password"),
        code=typed.text("code"),
        client=client_of(request),
        origin=Origin(address_of(request), request.cookies.get(DEVICE, "")),
    )
    if came.token is None:
        # Not undone: the try counts.
        assert came.refusal is not None
        v.refuse(BadInput(zh=came.refusal.zh, en=came.refusal.en))
        return _form(session, v, typed, code=came.wants_code)
    answer = v.go(local(typed.text("next", "/desk")), done="signed-in")
    set_cookie(request, answer, came.token)
    known = remember_device(session, typed.text("login"), request.cookies.get(DEVICE, ""))
    set_device(request, answer, known)
    return answer


@router.form("/sign-out", shown="/")
def leave(request: Request, session: SessionDep, v: SignedIn, _: FormDataDep) -> RedirectResponse:
    """End this session."""
    assert v.visitor is not None
    end_session(session, actor=v.actor, session_id=v.visitor.session_id)
    answer = v.go("/", done="signed-out")
    # Who comes to this browser next is nobody's successor.
    set_cookie(request, answer, new_token())
    return answer


@router.get("/welcome/{token}")
def welcome(session: SessionDep, v: Anybody, token: str) -> HTMLResponse:
    """Ask an invited person for a password; opening the link changes nothing."""
    return v.page("identity/welcome.html", person=invited(session, token))


@router.form("/welcome/{token}", shown="/welcome/{token}")
def accept(
    request: Request,
    session: SessionDep,
    v: Anybody,
    typed: FormDataDep,
    token: str,
    _: SignInOften,
) -> Response:
    """Set the password and sign in."""
    if typed.text("password") != typed.text("again"):
        raise BadInput(zh="两次输入的密码不一致。", en="The two passwords differ.")
    person = accept_invitation(session, token=token, password=typed.text("password"))
    if totp_is_on(session, person.id):
        return v.go("/sign-in", done="password-set")
    answer = v.go("/desk", done="signed-in")
    set_cookie(request, answer, begin_session(session, person, client=client_of(request)))
    return answer
