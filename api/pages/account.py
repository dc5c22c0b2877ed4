"""One's own account: password, one-time codes, sessions."""

from uuid import UUID

import segno
from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import SessionDep, SignedIn
from api.errors import status_of
from api.forms import Typed, TypedDep, refused
from api.pages.proving import proof_missing, prove_here
from api.view import View
from domain.errors import BadInput, JiebangError
from domain.permissions import PERMITS, Act
from services.identity import contacts, credentials, delegations
from services.identity.sessions import end_session, list_sessions
from services.identity.single_sign_on import linked, sso_name
from services.seal.seal_keys import has_key, set_own_key

router = APIRouter(prefix="/account")


def show_account(session: Session, v: View, f: Typed, where: str = "") -> HTMLResponse:
    """Return the account; ``where`` names the form that was refused."""
    assert v.visitor is not None
    on = credentials.totp_is_on(session, v.actor.person_id)
    return v.page(
        "account.html",
        status=status_of(f.error) if f.error else 200,
        f=f,
        where=where,
        totp_on=on,
        sessions=list_sessions(session, v.actor.person_id),
        email=contacts.email_of(session, v.actor),
        dead_since=contacts.mail_is_dead(session, v.actor),
        colleagues=delegations.colleagues(session, v.actor),
        delegations=delegations.delegations_of(session, v.actor.person_id),
        this=v.visitor.session_id,
        opens=any(
            one.role is role for one in v.visitor.grants for role, _ in PERMITS[Act.OPEN_BIDS]
        ),
        has_key=has_key(session, v.actor.person_id),
        sso=sso_name(),
        linked=linked(session, v.actor.person_id),
    )


@router.get("")
def show(session: SessionDep, v: SignedIn) -> HTMLResponse:
    """Show the account."""
    return show_account(session, v, Typed())


@router.post("/password")
def change(session: SessionDep, v: SignedIn, typed: TypedDep) -> Response:
    """Change the password; other sessions end."""
    assert v.visitor is not None
    if why := prove_here(session, v, typed.text("old")):
        # Not undone: a wrong password is counted.
        return show_account(session, v, typed.refused(BadInput(zh=why.zh, en=why.en)), "password")
    try:
        if typed.text("new") != typed.text("again"):
            raise BadInput(zh="两次输入的新密码不一致。", en="The two new passwords differ.")
        credentials.change_password(
            session, actor=v.actor, new=typed.text("new"), session_id=v.visitor.session_id
        )
    except JiebangError as error:
        return show_account(session, v, refused(session, typed, error), "password")
    return v.go("/account", done="password")


@router.post("/opening-key")
def set_opening_key(session: SessionDep, v: SignedIn, typed: TypedDep) -> Response:
    """Set the passphrase of one's shares at openings, or another in place of a lost one."""
    if has_key(session, v.actor.person_id) and (missing := proof_missing(session, v, typed)):
        return show_account(session, v, typed.refused(missing), "opening")
    try:
        if typed.text("passphrase") != typed.text("passphrase_again"):
            raise BadInput(zh="两次输入的口令不一致。", en="The two passphrases differ.")
        set_own_key(session, actor=v.prove(), passphrase=typed.text("passphrase"))
    except JiebangError as error:
        return show_account(session, v, refused(session, typed, error), "opening")
    return v.go("/account", done="seal-key")


@router.post("/email")
def tell_me(session: SessionDep, v: SignedIn, typed: TypedDep) -> Response:
    """Set or remove the address at which one is told."""
    try:
        contacts.set_email(session, actor=v.actor, email=typed.text("email"))
    except BadInput as error:
        return show_account(session, v, refused(session, typed, error), "email")
    return v.go("/account", done="email")


@router.post("/sessions/{session_id}/end")
def end(session: SessionDep, v: SignedIn, _: TypedDep, session_id: UUID) -> Response:
    """End one of one's sessions."""
    end_session(session, actor=v.actor, session_id=session_id)
    return v.go("/account", done="session-ended")


def _enrol(v: View, f: Typed, address: str) -> HTMLResponse:
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=2)
    secret = address.split("secret=")[1].split("&")[0]
    status = status_of(f.error) if f.error else 200
    return v.page("totp.html", status=status, f=f, picture=picture, secret=secret)


@router.post("/totp")
def propose(session: SessionDep, v: SignedIn, _: TypedDep) -> HTMLResponse:
    """Show a new secret as a picture for the authenticator."""
    return _enrol(v, Typed(), credentials.propose_totp(session, v.actor))


@router.post("/totp/on")
def on(session: SessionDep, v: SignedIn, typed: TypedDep) -> Response:
    """Turn one-time codes on with the first code."""
    try:
        credentials.turn_totp_on(session, actor=v.actor, code=typed.text("code"))
    except BadInput as error:
        f = refused(session, typed, error)
        return _enrol(v, f, credentials.proposed_totp(session, v.actor))
    return v.go("/account", done="totp-on")


@router.post("/totp/off")
def off(session: SessionDep, v: SignedIn, typed: TypedDep) -> Response:
    """Turn one-time codes off."""
    if why := prove_here(session, v, typed.text("password")):
        return show_account(session, v, typed.refused(BadInput(zh=why.zh, en=why.en)), "totp")
    try:
        credentials.turn_totp_off(session, actor=v.actor, code=typed.text("code"))
    except BadInput as error:
        return show_account(session, v, refused(session, typed, error), "totp")
    return v.go("/account", done="totp-off")


@router.post("/delegations")
def delegate(session: SessionDep, v: SignedIn, typed: TypedDep) -> Response:
    """Let a colleague decide while one is away."""
    try:
        form = typed.read(delegations.DelegationCreate)
        delegations.delegate(session, actor=v.actor, form=form)
    except JiebangError as error:
        return show_account(session, v, refused(session, typed, error), "delegation")
    return v.go("/account", done="delegated")


@router.post("/delegations/{delegation_id}/revoke")
def revoke(session: SessionDep, v: SignedIn, _: TypedDep, delegation_id: UUID) -> Response:
    """Take a delegation back."""
    delegations.revoke(session, actor=v.actor, delegation_id=delegation_id)
    return v.go("/account", done="revoked")
