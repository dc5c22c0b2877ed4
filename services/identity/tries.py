"""Wrong tries: counted by target and by place, and slowed down more the more there are.

Nobody is locked out by somebody else: tries from an unknown place slow down that place, a device
on which the person has signed in before counts by itself, and so does a session that goes on.
Names are kept under a key, as people type passwords where a login belongs.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from sqlalchemy import delete, text
from sqlmodel import Session, col, func, select

from domain.identity.passwords import Pace
from domain.text import Text, many
from models import SignInFailure
from models.keyring import keyed_digest
from services.clock import now, real_now
from services.events.record import record
from services.identity.events import SessionUnlocked, TryRefused

_FORGET: Final = timedelta(days=1)
_BEGIN: Final = text("""
INSERT INTO sign_in_failure (login_digest, about, failures, last_at)
VALUES (:digest, :about, 0, clock_timestamp()) ON CONFLICT (login_digest)
    DO UPDATE SET about = excluded.about
""")
_COUNT: Final = text("""
UPDATE sign_in_failure SET failures = failures + 1, last_at = clock_timestamp(),
    locked_until = CASE WHEN failures + 1 >= :free
        THEN clock_timestamp() + least(:longest, :first * power(2, least(failures + 1 - :free, 20)))
        ELSE locked_until END
WHERE login_digest = :digest RETURNING failures, locked_until
""")


class TryCount(NamedTuple):
    """One way of counting a try: of what, from where, and at which pace it slows down."""

    about: str
    place: str
    pace: Pace

    @property
    def digest(self) -> str:
        """Return the digest under which the count is stored."""
        return keyed_digest("tries", f"{self.about}\0{self.place}")


def too_often(until: datetime, at: datetime) -> Text:
    """Return the sentence for somebody who has to wait."""
    seconds = max(1, int((until - at).total_seconds()) + 1)
    zh, en = f"{seconds} 秒", f"{seconds} seconds"
    if seconds > 90:
        minutes = -(-seconds // 60)
        zh, en = f"{minutes} 分钟", many(minutes, "minute", "minutes")
    return Text(
        f"尝试次数过多，请在 {zh}后再试，或联系区管理员。",
        f"Too many tries. Try again in {en}, or ask the district administrator.",
    )


def waits(session: Session, counted: Sequence[TryCount]) -> Text | None:
    """Return why a try has to wait, None where it may be made; others wait who try it now."""
    at = real_now(session)
    _forget_old(session, at)
    until = []
    for try_count in sorted(counted, key=lambda count: count.digest):
        # Not DO NOTHING: a try that has just succeeded may be taking the row away.
        session.execute(_BEGIN, {"digest": try_count.digest, "about": _about(try_count.about)})
        sign_in_failure = session.get_one(
            SignInFailure, try_count.digest, with_for_update=True, populate_existing=True
        )
        if sign_in_failure.locked_until and sign_in_failure.locked_until > at:
            until.append(sign_in_failure.locked_until)
    return too_often(max(until), at) if until else None


def _forget_old(session: Session, at: datetime) -> None:
    """Remove counts that are a day old, and wait for nobody who is trying."""
    old = (
        select(SignInFailure.login_digest)
        .where(col(SignInFailure.last_at) < at - _FORGET)
        .limit(100)
        .with_for_update(skip_locked=True)
    )
    session.execute(delete(SignInFailure).where(col(SignInFailure.login_digest).in_(old)))


def refuse(
    session: Session,
    counted: Sequence[TryCount],
    why: Text,
    *,
    door: Literal["session", "seal"] = "session",
) -> Text:
    """Count a wrong try, after ``waits``, and return ``why``, or that the next one has to wait."""
    at = real_now(session)
    until = []
    for try_count in sorted(counted, key=lambda count: count.digest):
        values = {"digest": try_count.digest, **try_count.pace._asdict()}
        until.append(session.execute(_COUNT, values).one().locked_until)
    waiting = [locked_until for locked_until in until if locked_until and locked_until > at]
    record(
        session,
        TryRefused(door=door, locked=bool(waiting)),
        about=refused_name(counted[0].about),
        by="web",
        at=now(session),
    )
    session.flush()
    return too_often(max(waiting), at) if waiting else why


def _about(name: str) -> str:
    return keyed_digest("about", name)


def refused_name(name: str) -> str:
    """Return under what the audit log keeps a refused try of a name."""
    return _about(name)[:12]


def failures_of(session: Session, name: str) -> int:
    """Return how many tries of a name have failed within a day, from wherever."""
    total = select(func.coalesce(func.max(SignInFailure.failures), 0)).where(
        SignInFailure.about == _about(name)
    )
    return session.exec(total).one()


def slowed_until(session: Session, name: str) -> datetime | None:
    """Return until when tries of a name have to wait somewhere, None where they have not."""
    until = session.exec(
        select(func.max(SignInFailure.locked_until)).where(SignInFailure.about == _about(name))
    ).one()
    return until if until and until > real_now(session) else None


def forget_tries(session: Session, name: str, *, place: str | None = None) -> None:
    """Forget the wrong tries of a name, from one place or from all."""
    which = col(SignInFailure.about) == _about(name)
    if place is not None:
        which = col(SignInFailure.login_digest) == keyed_digest("tries", f"{name}\0{place}")
    session.execute(delete(SignInFailure).where(which))


def unlock(session: Session, *, login: str, actor: str) -> None:
    """Forget the wrong tries under a login, which may then sign in again."""
    forget_tries(session, login)
    record(session, SessionUnlocked(), about=login, by=actor, at=now(session))
    session.flush()
