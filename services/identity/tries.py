"""Wrong tries under a name, known or not: counted, and locked for a while after too many."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, text
from sqlmodel import Session, col

from domain.passwords import LOCKED_FOR, TRIES
from domain.text import Text
from models import SignInFailure
from services.clock import now, real_now
from services.identity.secrets import token_digest
from services.records import audit

_FORGET: Final = timedelta(days=1)
LOCKED: Final = Text(
    "尝试次数过多，请在 15 分钟后再试，或联系区管理员。",
    "Too many tries. Try again in 15 minutes, or ask the district administrator.",
)
_COUNT: Final = text("""
INSERT INTO sign_in_failure AS held (login_digest, failures, last_at)
VALUES (:digest, 1, clock_timestamp())
ON CONFLICT (login_digest) DO UPDATE
SET failures = held.failures + 1, last_at = excluded.last_at,
    locked_until = CASE WHEN (held.failures + 1) % :tries = 0
        THEN clock_timestamp() + :locked ELSE held.locked_until END
RETURNING locked_until > clock_timestamp()
""")


def locked_until(session: Session, name: str) -> datetime | None:
    """Return until when a name is locked, None where it is not; others wait who try it now."""
    held = session.get(SignInFailure, token_digest(name), with_for_update=True)
    until = held.locked_until if held else None
    return until if until and until > real_now(session) else None


def refuse(
    session: Session,
    name: str,
    why: Text,
    *,
    locked: Text = LOCKED,
    action: str = "session.refused",
) -> Text:
    """Count a wrong try, and return ``why``, or ``locked``: every fifth locks the name."""
    at = real_now(session)
    session.execute(delete(SignInFailure).where(col(SignInFailure.last_at) < at - _FORGET))
    is_locked = session.execute(
        _COUNT, {"digest": token_digest(name), "tries": TRIES, "locked": LOCKED_FOR}
    ).scalar_one()
    audit(
        session,
        actor="web",
        action=action,
        subject=token_digest(name)[:12],
        at=now(session),
        locked=bool(is_locked),
    )
    session.flush()
    return locked if is_locked else why


def forget_tries(session: Session, name: str) -> None:
    """Forget the wrong tries under a name."""
    session.execute(
        delete(SignInFailure).where(col(SignInFailure.login_digest) == token_digest(name))
    )


def unlock(session: Session, *, login: str, actor: str) -> None:
    """Forget the wrong tries under a login, which may then sign in again."""
    forget_tries(session, login)
    audit(session, actor=actor, action="session.unlocked", subject=login, at=now(session))
    session.flush()
