"""Sign in with a password and, where the person has turned it on, a one-time code.

A wrong try is counted under the login that was typed, known or not, and where it was made, so
nobody learns from the answer, or from the time it takes, which logins exist, and nobody locks
somebody else out.
"""

from typing import Final, NamedTuple
from uuid import UUID

import pyotp
from sqlmodel import Session, col, select

from domain.calendar import BEIJING
from domain.identity.passwords import BY_LOGIN, BY_PLACE, WARN_AFTER
from domain.text import Text
from models import Credential, KnownDevice, Person
from models.keyring import revealed
from services.clock import now, real_now
from services.events import audiences
from services.events.record import tell
from services.identity.events import SignInTried
from services.identity.secrets import new_token, password_holds, token_digest
from services.identity.sessions import begin_session
from services.identity.tries import TryCount, failures_of, forget_tries, refuse, waits

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


class Origin(NamedTuple):
    """From where somebody tries: an address, and the token of a device that may be known."""

    address: str
    device: str = ""


_NOWHERE: Final = Origin("")


def sign_in(
    session: Session,
    *,
    login: str,
    password: str,
    code: str = "",
    client: str = "",
    origin: Origin = _NOWHERE,
) -> SignInOutcome:
    """Begin a session for a person who proves to be ``login``.

    Nothing is raised for a person's mistake: it has to be counted in this transaction.
    """
    login = login.strip()[:80]
    person = session.exec(select(Person).where(Person.login == login)).one_or_none()
    counted = _counted(session, login, person, origin)
    if waiting := waits(session, counted):
        return SignInOutcome(None, waiting)
    credential = session.get(Credential, person.id, with_for_update=True) if person else None
    if not password_holds(credential.password if credential else None, password):
        return SignInOutcome(None, _refused(session, counted, _WRONG, person))
    assert person is not None
    assert credential is not None
    if credential.totp_since is not None:
        if not code.strip():
            return SignInOutcome(None, _CODE, wants_code=True)
        if not code_holds(session, credential, code):
            why = _refused(session, counted, _WRONG_CODE, person)
            return SignInOutcome(None, why, wants_code=True)
    for try_count in counted:
        forget_tries(session, login, place=try_count.place)
    return SignInOutcome(begin_session(session, person, client=client))


def _counted(
    session: Session, login: str, person: Person | None, origin: Origin
) -> tuple[TryCount, ...]:
    """Return how a try is counted: on a device that the person knows, by the device alone."""
    if person and origin.device and is_known(session, person, origin.device):
        return (TryCount(login, f"device:{origin.device}", BY_PLACE),)
    return (
        TryCount(login, f"address:{origin.address}", BY_PLACE),
        TryCount(login, "anywhere", BY_LOGIN),
    )


def _refused(
    session: Session, counted: tuple[TryCount, ...], why: Text, person: Person | None
) -> Text:
    """Count a wrong try, and tell the owner once a day that there are many."""
    text = refuse(session, counted, why)
    if person and failures_of(session, person.login) >= WARN_AFTER:
        at = now(session)
        tell(
            session,
            SignInTried(),
            at=at,
            to=audiences.person(person.id),
            once=f"refused:{person.id}:{at.astimezone(BEIJING):%Y-%m-%d}",
        )
    return text


def is_known(session: Session, person: Person, device: str) -> bool:
    """Tell whether the person has signed in on this device before, and remember that it is used."""
    known_device = session.get(KnownDevice, token_digest(device))
    if known_device is None or known_device.person_id != person.id:
        return False
    known_device.seen_at = real_now(session)
    return True


def remember_device(session: Session, login: str, device: str) -> str:
    """Remember a device on which somebody has just signed in, and return its token."""
    person = session.exec(select(Person).where(Person.login == login.strip())).one()
    if device and is_known(session, person, device):
        return device
    token, at = new_token(), real_now(session)
    session.add(
        KnownDevice(digest=token_digest(token), person_id=person.id, known_since=at, seen_at=at)
    )
    session.flush()
    return token


def prove(session: Session, *, login: str, password: str, by: UUID) -> Text | None:
    """Return why ``password`` does not prove that somebody is ``login``, None where it does.

    ``by`` is the session, or the person, that goes on: what others try elsewhere counts nothing.
    """
    counted = (TryCount(login, f"session:{by}", BY_PLACE),)
    if waiting := waits(session, counted):
        return waiting
    credential = session.exec(
        select(Credential)
        .join(Person, col(Person.id) == Credential.person_id)
        .where(Person.login == login)
    ).one_or_none()
    if password_holds(credential.password if credential else None, password):
        forget_tries(session, login, place=counted[0].place)
        return None
    return refuse(session, counted, _WRONG)


def totp_of(credential: Credential) -> pyotp.TOTP:
    """Return a person's one-time codes."""
    return pyotp.TOTP(revealed(str(credential.totp_secret), str(credential.person_id)))


def code_holds(session: Session, credential: Credential, code: str) -> bool:
    """Tell whether ``code`` is of this half minute or a neighbour, and was never used before."""
    totp = totp_of(credential)
    step = int(real_now(session).timestamp()) // _STEP
    for near_step in (step, step - 1, step + 1):
        if near_step > credential.totp_step and pyotp.utils.strings_equal(
            totp.generate_otp(near_step), code.replace(" ", "")
        ):
            credential.totp_step = near_step
            session.flush()
            return True
    return False
