"""Sign in with a password and, where the person has turned it on, a one-time code.

A wrong try is counted under the login that was typed, known or not, so nobody learns from the
answer, or from the time it takes, which logins exist.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

import pyotp
from sqlalchemy import delete, text
from sqlmodel import Session, col, select

from domain.passwords import LOCKED_FOR, TRIES
from domain.text import Text
from models import Credential, Person, SignInFailure
from services.clock import now, real_now
from services.records import audit
from services.secrets import password_holds, token_digest
from services.sessions import begin_session

_FORGET: Final = timedelta(days=1)
_STEP: Final = 30
_WRONG: Final = Text("登录名或密码不正确。", "The login or the password is wrong.")
_CODE: Final = Text("请填写动态验证码。", "Enter your one-time code.")
_WRONG_CODE: Final = Text(
    "动态验证码不正确或已使用，请等下一个。",
    "The one-time code is wrong or was used; wait for the next one.",
)
_LOCKED: Final = Text(
    "尝试次数过多，请在 15 分钟后再试，或联系区管理员。",
    "Too many tries. Try again in 15 minutes, or ask the district administrator.",
)


class SignInOutcome(NamedTuple):
    """A token of a new session, or the sentence that says why not; ``wants_code`` asks for one."""

    token: str | None
    refusal: Text | None = None
    wants_code: bool = False


def sign_in(
    session: Session, *, login: str, password: str, code: str = "", client: str = ""
) -> SignInOutcome:
    """Begin a session for whoever proves to be ``login``.

    Nothing is raised for a person's mistake: it has to be counted in this transaction.
    """
    login = login.strip()[:80]
    if _locked(session, login):
        return SignInOutcome(None, _LOCKED)
    person = session.exec(select(Person).where(Person.login == login)).one_or_none()
    held = session.get(Credential, person.id, with_for_update=True) if person else None
    if not password_holds(held.password if held else None, password):
        return SignInOutcome(None, _refuse(session, login, _WRONG))
    assert person is not None
    assert held is not None
    if held.totp_since is not None:
        if not code.strip():
            return SignInOutcome(None, _CODE, wants_code=True)
        if not code_holds(session, held, code):
            return SignInOutcome(None, _refuse(session, login, _WRONG_CODE), wants_code=True)
    session.execute(
        delete(SignInFailure).where(col(SignInFailure.login_digest) == token_digest(login))
    )
    return SignInOutcome(begin_session(session, person, client=client))


def unlock(session: Session, *, login: str, actor: str) -> None:
    """Forget the wrong tries under a login, which may then sign in again."""
    session.execute(
        delete(SignInFailure).where(col(SignInFailure.login_digest) == token_digest(login))
    )
    audit(session, actor=actor, action="session.unlocked", subject=login, at=now(session))
    session.flush()


def locked_until(session: Session, login: str) -> datetime | None:
    """Return until when a login is locked, None where it is not."""
    held = session.get(SignInFailure, token_digest(login))
    until = held.locked_until if held else None
    return until if until and until > real_now(session) else None


def prove(session: Session, *, login: str, password: str) -> Text | None:
    """Return why ``password`` does not prove that somebody is ``login``, None where it does."""
    if _locked(session, login):
        return _LOCKED
    held = session.exec(
        select(Credential)
        .join(Person, col(Person.id) == Credential.person_id)
        .where(Person.login == login)
    ).one_or_none()
    if password_holds(held.password if held else None, password):
        return None
    return _refuse(session, login, _WRONG)


def code_holds(session: Session, held: Credential, code: str) -> bool:
    """Tell whether ``code`` is of this half minute or a neighbour, and was never used before."""
    totp = pyotp.TOTP(str(held.totp_secret))
    step = int(real_now(session).timestamp()) // _STEP
    for one in (step, step - 1, step + 1):
        if one > held.totp_step and pyotp.utils.strings_equal(
            totp.generate_otp(one), code.replace(" ", "")
        ):
            held.totp_step = one
            session.flush()
            return True
    return False


def _locked(session: Session, login: str) -> bool:
    held = session.get(SignInFailure, token_digest(login), with_for_update=True)
    return bool(held and held.locked_until and held.locked_until > real_now(session))


_COUNT: Final = text("""
INSERT INTO sign_in_failure AS held (login_digest, failures, last_at)
VALUES (:digest, 1, clock_timestamp())
ON CONFLICT (login_digest) DO UPDATE
SET failures = held.failures + 1, last_at = excluded.last_at,
    locked_until = CASE WHEN (held.failures + 1) % :tries = 0
        THEN clock_timestamp() + :locked ELSE held.locked_until END
RETURNING locked_until > clock_timestamp()
""")


def _refuse(session: Session, login: str, why: Text) -> Text:
    """Count a wrong try; every fifth locks the login for a while."""
    at = real_now(session)
    session.execute(delete(SignInFailure).where(col(SignInFailure.last_at) < at - _FORGET))
    locked = session.execute(
        _COUNT, {"digest": token_digest(login), "tries": TRIES, "locked": LOCKED_FOR}
    ).scalar_one()
    audit(
        session,
        actor="web",
        action="session.refused",
        subject=token_digest(login)[:12],
        at=now(session),
        locked=bool(locked),
    )
    session.flush()
    return _LOCKED if locked else why
