"""A private key that was unlocked in a browser: for that browser and session, for some hours.

The database holds it encrypted under a key that only the browser's cookie gives, so every web can
serve the browser, and neither the database nor a copy of it can read sealed content.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col

from models import UnlockedKey
from services.browser_seal import browser_digest, seal_for_browser, unseal_for_browser
from services.clock import real_now

HELD: Final = timedelta(hours=4)


def keep_unlocked(
    session: Session, *, browser: str, login_session: str, owner: UUID, private: bytes
) -> None:
    """Keep an owner's private key for a browser, as long as its sign-in goes on."""
    at = real_now(session)
    forget_ended_keys(session)
    session.merge(
        UnlockedKey(
            browser=browser_digest(browser),
            owner=owner,
            sealed=seal_for_browser(browser, _about(owner, login_session), private),
            ends_at=at + HELD,
        )
    )
    session.flush()


def forget_ended_keys(session: Session) -> None:
    """Forget the keys whose hours are over."""
    session.execute(delete(UnlockedKey).where(col(UnlockedKey.ends_at) <= real_now(session)))


def read_unlocked(
    session: Session, *, browser: str, login_session: str, owner: UUID
) -> bytes | None:
    """Return the private key of ``owner`` that this browser has unlocked in this sign-in, if any."""
    row = session.get(UnlockedKey, browser_digest(browser))
    if row is None or row.owner != owner or row.ends_at <= real_now(session):
        return None
    try:
        return unseal_for_browser(browser, _about(owner, login_session), row.sealed)
    except ValueError:
        return None


def _about(owner: UUID, login_session: str) -> str:
    return f"unlocked key\0{owner}\0{login_session}"
