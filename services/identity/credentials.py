"""Invite people, let them set a password, and turn one-time codes on and off."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import pyotp
from sqlalchemy import delete
from sqlmodel import Session, col, select

from domain.errors import BadInput, NotPermitted
from domain.identity.passwords import check_password
from models import Credential, Identity, Invitation, Person
from models.keyring import concealed
from services.clock import now, real_now
from services.events.record import record
from services.identity.access_tokens import revoke_all
from services.identity.actors import Actor
from services.identity.events import CodesTurnedOff, CodesTurnedOn, PasswordSet, PersonInvited
from services.identity.people import person_named
from services.identity.secrets import hash_password, new_token, token_digest
from services.identity.sessions import end_other_sessions
from services.identity.sign_in import code_holds, totp_of

_VALID: Final = timedelta(days=3)
ISSUER: Final = "Jiebang 揭榜"


def invite(session: Session, *, login: str, actor: str) -> str:
    """Return a token by which the person sets a password, once, within three days."""
    person = person_named(session, login)
    token, at = new_token(), real_now(session)
    _use_up_invitations(session, person.id)
    session.add(
        Invitation(
            person_id=person.id,
            digest=token_digest(token),
            issued_at=at,
            expires_at=at + _VALID,
        )
    )
    record(session, PersonInvited(), about=login, by=actor, at=now(session))
    session.flush()
    return token


def _use_up_invitations(session: Session, person_id: UUID) -> None:
    """Let no earlier link count any more."""
    rows = session.exec(
        select(Invitation).where(
            Invitation.person_id == person_id, col(Invitation.used_at).is_(None)
        )
    ).all()
    for row in rows:
        row.used_at = real_now(session)


def invited(session: Session, token: str) -> Person:
    """Return whom an invitation is for; raise NotPermitted once it is used or has expired."""
    invitation = _invitation(session, token)
    return session.get_one(Person, invitation.person_id)


def _invitation(session: Session, token: str) -> Invitation:
    invitation = session.exec(
        select(Invitation).where(Invitation.digest == token_digest(token)).with_for_update()
    ).one_or_none()
    if (
        invitation is None
        or invitation.used_at is not None
        or invitation.expires_at <= real_now(session)
    ):
        raise NotPermitted(
            zh="这个邀请链接已使用或已过期，请向区管理员重新索取。",
            en="this invitation was used or has expired; ask the district administrator for another.",
        )
    return invitation


def accept_invitation(session: Session, *, token: str, password: str) -> Person:
    """Set the password of whom the invitation is for; used up, it ends old sessions and forgets
    linked identities and one-time codes, as somebody else may hold them.
    """
    invitation = _invitation(session, token)
    person = session.get_one(Person, invitation.person_id)
    set_password(session, person, password)
    credential = session.get_one(Credential, person.id)
    credential.totp_secret, credential.totp_since = None, None
    invitation.used_at = real_now(session)
    session.execute(delete(Identity).where(col(Identity.person_id) == person.id))
    end_other_sessions(session, person_id=person.id)
    return person


def set_password(session: Session, person: Person, password: str) -> None:
    """Set a person's password, which ends their programs' tokens; raise BadInput for a weak one."""
    check_password(password, login=person.login)
    at = real_now(session)
    row = session.get(Credential, person.id, with_for_update=True)
    if row is None:
        row = Credential(person_id=person.id, password="", changed_at=at)
        session.add(row)
    row.password, row.changed_at = hash_password(password), at
    _use_up_invitations(session, person.id)
    revoke_all(session, person.id)
    record(session, PasswordSet(), about=person.login, by=person.login, at=now(session))
    session.flush()


def change_password(session: Session, *, actor: Actor, new: str, session_id: UUID) -> None:
    """Change the actor's own password, after it was proved; every other session ends."""
    set_password(session, session.get_one(Person, actor.person_id), new)
    end_other_sessions(session, person_id=actor.person_id, keep=session_id)


def propose_totp(session: Session, actor: Actor) -> str:
    """Return the address of a new secret for an authenticator; it counts once a code is shown.

    Each proposal is another secret: one that was seen before is never turned on later.
    """
    credential = _credential(session, actor)
    if credential.totp_since is not None:
        raise NotPermitted(zh="动态验证码已开启。", en="one-time codes are on already.")
    credential.totp_secret = concealed(pyotp.random_base32(), str(credential.person_id))
    session.flush()
    return _address(credential, actor)


def proposed_totp(session: Session, actor: Actor) -> str:
    """Return the address of the secret proposed last, to be shown again after a wrong code."""
    return _address(_proposal(session, actor), actor)


def _proposal(session: Session, actor: Actor) -> Credential:
    """Return the credential with a secret not in use yet; a secret in use is never shown again."""
    credential = _credential(session, actor)
    if credential.totp_secret is None or credential.totp_since is not None:
        raise NotPermitted(
            zh="没有待启用的动态验证码，请在账户页重新开始。",
            en="no authenticator waits to be turned on; begin again on your account’s page.",
        )
    return credential


def _address(credential: Credential, actor: Actor) -> str:
    return totp_of(credential).provisioning_uri(name=actor.login, issuer_name=ISSUER)


def turn_totp_on(session: Session, *, actor: Actor, code: str) -> None:
    """Ask for one-time codes from now on; the first code proves that the authenticator works."""
    credential = _proposal(session, actor)
    if not code_holds(session, credential, code):
        raise BadInput(
            zh="验证码不正确，请输入应用里当前显示的六位数字。",
            en="The code is wrong; enter the six digits your app shows now.",
        )
    credential.totp_since = real_now(session)
    record(session, CodesTurnedOn(), about=actor.login, by=actor.login, at=now(session))
    session.flush()


def turn_totp_off(session: Session, *, actor: Actor, code: str) -> None:
    """Ask for no more one-time codes, after the password was proved and with a code.

    Raises BadInput for a wrong code. A person without the authenticator asks an administrator for an
    invitation, which turns the codes off when it is used.
    """
    credential = _credential(session, actor)
    if credential.totp_since is not None and not code_holds(session, credential, code):
        raise BadInput(
            zh="验证码不正确，请输入应用里当前显示的六位数字；应用丢失请联系区管理员。",
            en="The code is wrong; enter the six digits your app shows now. If you have lost the app, "
            "ask the district administrator.",
        )
    credential.totp_secret, credential.totp_since = None, None
    record(session, CodesTurnedOff(), about=actor.login, by=actor.login, at=now(session))
    session.flush()


def totp_is_on(session: Session, person_id: UUID) -> bool:
    """Tell whether signing in takes a one-time code."""
    credential = session.get(Credential, person_id)
    return bool(credential and credential.totp_since)


def _credential(session: Session, actor: Actor) -> Credential:
    credential = session.get(Credential, actor.person_id, with_for_update=True)
    if credential is None:
        raise NotPermitted(zh="您还没有设置密码。", en="you have set no password.")
    return credential
