"""The only writer of the audit chain's entries and of the outbox."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from domain.canonical import digest, json_ready
from models import AuditEntry, OutboxMessage
from services.events.audiences import Audience
from services.events.event import Event, Notification


def record(
    session: Session,
    event: Event,
    *,
    about: str,
    by: str,
    at: datetime,
    to: Audience | Iterable[Audience] = (),
    once: str = "",
) -> AuditEntry:
    """Append what happened to the audit log in this transaction, and tell those concerned.

    ``about`` is the code of what it happened to, ``by`` a login or the part of the system that did
    it. The sealer chains the entry after the commit. For ``to`` and ``once`` see ``tell``; raises
    TypeError where an event without words is to be told.
    """
    entry = AuditEntry(
        happened_at=at,
        actor=by,
        action=event.action(),
        subject=about,
        facts=json_ready(event.facts()),
        digest="",
        salt=secrets.token_hex(16),
    )
    entry.digest = entry_digest(entry)
    session.add(entry)
    if to:
        if not isinstance(event, Notification):
            raise TypeError(f"{type(event).__name__} has no words to tell it by")
        tell(session, event, about=about, at=at, to=to, once=once)
    return entry


def tell(
    session: Session,
    notification: Notification,
    *,
    about: str = "",
    at: datetime,
    to: Audience | Iterable[Audience],
    once: str,
) -> None:
    """Put a notification into the outbox, once for each audience.

    ``once`` names the occasion: it is told once to each audience.
    """
    several = not isinstance(to, Audience)
    for audience in [to] if isinstance(to, Audience) else to:
        session.execute(
            insert(OutboxMessage)
            .values(
                id=text("gen_random_uuid()"),
                key=f"{once}:{audience}" if several else once,
                topic=notification.topic,
                audience=str(audience),
                facts=json_ready(notification.message(about)),
                created_at=at,
            )
            .on_conflict_do_nothing(index_elements=["key"])
        )


def entry_digest(entry: AuditEntry) -> str:
    """Return the digest of what an entry tells; the oldest have no salt in it."""
    told = [entry.happened_at, entry.actor, entry.action, entry.subject, entry.facts]
    return digest([*told, entry.salt] if entry.salt else told)
