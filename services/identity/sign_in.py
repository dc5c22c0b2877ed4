"""Sign in with a password and, where the person has turned it on, a one-time code.

A wrong try is counted under the login that was typed, known or not, so nobody learns from the
answer, or from the time it takes, which logins exist.
"""

from typing import Final, NamedTuple

import pyotp
from sqlmodel import Session, col, select

from domain.text import Text
from models import Credential, Person
from services.clock import real_now
from services.identity.secrets import password_holds
from services.identity.sessions import begin_session
from services.identity.tries import LOCKED, forget_tries, locked_until, refuse

_STEP: Final = 30
_WRONG: Final = Text("登录名或密码不正确。", "The login or the password is wrong.")
_CODE: Final = Text("请填写动态验证码。", "Enter your one-time code.")
_WRONG_CODE: Final = Text(
    "动态验证码不正确或已使用，请等下一个。",
    "The one-time code is wrong or was used; wait for the next one.",
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
    if locked_until(session, login):
        return SignInOutcome(None, LOCKED)
    person = session.exec(select(Person).where(Person.login == login)).one_or_none()
    held = session.get(Credential, person.id, with_for_update=True) if person else None
    if not password_holds(held.password if held else None, password):
        return SignInOutcome(None, refuse(session, login, _WRONG))
    assert person is not None
    assert held is not None
    if held.totp_since is not None:
        if not code.strip():
            return SignInOutcome(None, _CODE, wants_code=True)
        if not code_holds(session, held, code):
            return SignInOutcome(None, refuse(session, login, _WRONG_CODE), wants_code=True)
    forget_tries(session, login)
    return SignInOutcome(begin_session(session, person, client=client))


def prove(session: Session, *, login: str, password: str) -> Text | None:
    """Return why ``password`` does not prove that somebody is ``login``, None where it does."""
    if locked_until(session, login):
        return LOCKED
    held = session.exec(
        select(Credential)
        .join(Person, col(Person.id) == Credential.person_id)
        .where(Person.login == login)
    ).one_or_none()
    if password_holds(held.password if held else None, password):
        return None
    return refuse(session, login, _WRONG)


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
