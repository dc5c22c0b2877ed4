"""What waits in the outbox, as letters: whom each goes to, and what it says in both languages.

A link only opens a page: nothing is ever decided by following one.
"""

from datetime import timedelta
from typing import Final, NamedTuple
from uuid import UUID

from sqlmodel import Session, col, select

from domain.roles import Role, Scope
from models import Contact, OutboxMessage, RoleGrant, Subscription
from models.settings import settings
from services.clock import now, real_now
from services.letter_topics import LOUD, TOPICS

_STALE: Final = timedelta(days=7)
_PATIENCE: Final = 8
_FIRST_PAUSE: Final = timedelta(minutes=1)


class Letter(NamedTuple):
    """One message: addresses of people, whether the district's channels hear it, and its words."""

    message_id: UUID
    to: tuple[str, ...]
    to_channels: bool
    title: str
    body: str


def next_letter(session: Session) -> Letter | None:
    """Return the oldest letter to be sent, its message locked until this transaction ends.

    What is older than a week, or of no topic that is told, is marked as done without being sent.
    """
    due = col(OutboxMessage.next_at).is_(None) | (col(OutboxMessage.next_at) <= real_now(session))
    while message := session.exec(
        select(OutboxMessage)
        .where(col(OutboxMessage.sent_at).is_(None), due)
        .order_by(col(OutboxMessage.created_at))
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first():
        stale = message.created_at < now(session) - _STALE
        if not stale and message.topic in TOPICS:
            return _letter(session, message)
        message.sent_at = now(session)
        session.flush()
    return None


def _letter(session: Session, message: OutboxMessage) -> Letter:
    words = TOPICS[message.topic]
    said = words.say(message.facts)
    path = words.path(message.facts)
    base = settings().public_url.rstrip("/")
    links = (f"{base}{path}", f"{base}/en{path}") if base else ("", "")
    return Letter(
        message.id,
        _addresses(session, message.audience),
        message.topic in LOUD,
        f"揭榜 {words.title.zh} · {words.title.en}",
        f"{said.zh}\n{links[0]}\n\n{said.en}\n{links[1]}\n",
    )


def _addresses(session: Session, audience: str) -> tuple[str, ...]:
    """Return the addresses of whom a message is for; the public has none."""
    kind, _, code = audience.partition(":")
    if kind == "subscription":
        held = session.get(Subscription, UUID(code))
        return (held.email,) if held else ()
    query = select(Contact.email).distinct().order_by(col(Contact.email))
    if kind == "person":
        query = query.where(Contact.person_id == UUID(code))
    else:
        roles = {
            "organisation": (Role.ORGANISATION_MEMBER, Scope.ORGANISATION),
            "street": (Role.STREET_OFFICER, Scope.STREET),
            "community": (Role.COMMUNITY_SECRETARY, Scope.COMMUNITY),
        }
        query = query.join(RoleGrant, col(RoleGrant.person_id) == Contact.person_id)
        if kind == "role":
            query = query.where(RoleGrant.role == Role(code))
        elif kind in roles:
            role, scope = roles[kind]
            query = query.where(
                RoleGrant.role == role, RoleGrant.scope == scope, RoleGrant.code == code
            )
        else:
            return ()
    return tuple(session.exec(query).all())


def letter_sent(session: Session, message_id: UUID) -> None:
    """Record that a letter went out."""
    session.get_one(OutboxMessage, message_id).sent_at = now(session)


def letter_failed(session: Session, message_id: UUID) -> int:
    """Let a letter wait, longer each time; return how often it failed."""
    message = session.get_one(OutboxMessage, message_id)
    message.attempts += 1
    message.next_at = real_now(session) + _FIRST_PAUSE * 2 ** (message.attempts - 1)
    return message.attempts


def is_hopeless(attempts: int) -> bool:
    """Tell whether somebody should look why letters do not go out."""
    return attempts >= _PATIENCE
