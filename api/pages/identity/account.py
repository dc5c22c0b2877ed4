"""The visitor's own account: password, one-time codes, sessions."""

from uuid import UUID

import segno
from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import SessionDep, SignedIn
from api.form_routes import FormRouter
from api.forms import FormDataDep
from api.pages.identity.proving import require_password, require_proof
from api.view import View
from domain.errors import BadInput
from domain.identity.permissions import PERMITS, Act
from services.identity import contacts, credentials, delegations
from services.identity.sessions import end_session, list_sessions
from services.identity.single_sign_on import linked, sso_name
from services.seal.seal_keys import has_key, set_own_key

router = FormRouter(prefix="/account")


def show_account(session: Session, v: View) -> HTMLResponse:
    """Return the account."""
    assert v.visitor is not None
    on = credentials.totp_is_on(session, v.actor.person_id)
    return v.page(
        "identity/account.html",
        totp_on=on,
        sessions=list_sessions(session, v.actor.person_id),
        email=contacts.email_of(session, v.actor),
        dead_since=contacts.mail_is_dead(session, v.actor),
        colleagues=delegations.colleagues(session, v.actor),
        delegations=delegations.delegations_of(session, v.actor.person_id),
        this=v.visitor.session_id,
        opens=any(
            grant.role is role for grant in v.visitor.grants for role, _ in PERMITS[Act.OPEN_BIDS]
        ),
        has_key=has_key(session, v.actor.person_id),
        sso=sso_name(),
        linked=linked(session, v.actor.person_id),
    )


@router.get("")
def show(session: SessionDep, v: SignedIn) -> HTMLResponse:
    """Show the account."""
    return show_account(session, v)


@router.form("/password", shown="/account")
def change(session: SessionDep, v: SignedIn, typed: FormDataDep) -> Response:
    """Change the password; other sessions end."""
    assert v.visitor is not None
    require_password(session, v, typed.text("old"))
    if typed.text("new") != typed.text("again"):
        raise BadInput(zh="两次输入的新密码不一致。", en="The two new passwords differ.")
    credentials.change_password(
        session, actor=v.actor, new=typed.text("new"), session_id=v.visitor.session_id
    )
    return v.go("/account", done="password")


@router.form("/opening-key", shown="/account")
def set_opening_key(session: SessionDep, v: SignedIn, typed: FormDataDep) -> Response:
    """Set the passphrase of the visitor's shares at openings, or another in place of a lost one."""
    if has_key(session, v.actor.person_id):
        require_proof(session, v, typed)
    if typed.text("passphrase") != typed.text("passphrase_again"):
        raise BadInput(zh="两次输入的口令不一致。", en="The two passphrases differ.")
    set_own_key(session, actor=v.actor, passphrase=typed.text("passphrase"))
    return v.go("/account", done="seal-key")


@router.form("/email", shown="/account", takes=contacts.EmailUpdate)
def tell_me(session: SessionDep, v: SignedIn, typed: FormDataDep) -> Response:
    """Set or remove the address at which one is told."""
    # A form does not tell an empty field from none: the page's field, left empty, removes it.
    kept = bool(typed.text("email").strip())
    address = typed.read(contacts.EmailUpdate) if kept else contacts.EmailUpdate(email="")
    contacts.set_email(session, actor=v.actor, address=address)
    return v.go("/account", done="email")


@router.form("/sessions/{session_id}/end", shown="/account")
def end(session: SessionDep, v: SignedIn, _: FormDataDep, session_id: UUID) -> Response:
    """End one of the visitor's sessions."""
    end_session(session, actor=v.actor, session_id=session_id)
    return v.go("/account", done="session-ended")


@router.form("/totp", shown="/account")
def propose(session: SessionDep, v: SignedIn, _: FormDataDep) -> Response:
    """Make a new secret for the authenticator."""
    credentials.propose_totp(session, v.actor)
    return v.go("/account/totp")


@router.get("/totp")
def enrol(session: SessionDep, v: SignedIn) -> HTMLResponse:
    """Show the secret that was made, as a picture for the authenticator."""
    address = credentials.proposed_totp(session, v.actor)
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=2)
    secret = address.split("secret=")[1].split("&")[0]
    return v.page("identity/totp.html", picture=picture, secret=secret)


@router.form("/totp/on", shown="/account/totp")
def on(session: SessionDep, v: SignedIn, typed: FormDataDep) -> Response:
    """Turn one-time codes on with the first code."""
    credentials.turn_totp_on(session, actor=v.actor, code=typed.text("code"))
    return v.go("/account", done="totp-on")


@router.form("/totp/off", shown="/account")
def off(session: SessionDep, v: SignedIn, typed: FormDataDep) -> Response:
    """Turn one-time codes off."""
    require_password(session, v, typed.text("password"))
    credentials.turn_totp_off(session, actor=v.actor, code=typed.text("code"))
    return v.go("/account", done="totp-off")


@router.form("/delegations", shown="/account", takes=delegations.DelegationCreate)
def delegate(session: SessionDep, v: SignedIn, typed: FormDataDep) -> Response:
    """Let a colleague decide while one is away."""
    form = typed.read(delegations.DelegationCreate)
    delegations.delegate(session, actor=v.actor, form=form)
    return v.go("/account", done="delegated")


@router.form("/delegations/{delegation_id}/revoke", shown="/account")
def revoke(session: SessionDep, v: SignedIn, _: FormDataDep, delegation_id: UUID) -> Response:
    """Take a delegation back."""
    delegations.revoke(session, actor=v.actor, delegation_id=delegation_id)
    return v.go("/account", done="revoked")
