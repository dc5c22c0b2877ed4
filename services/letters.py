"""What waits in the outbox, as letters: whom each goes to, and what it says in both languages.

A link only opens a page: nothing is ever decided by following one.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from domain.identity.roles import Role, Scope
from models import Contact, LetterDelivery, OutboxMessage, RoleGrant, Subscription
from models.keyring import keyed_digest
from models.settings import settings
from services.clock import now, real_now
from services.events.audiences import AudienceKind, audience
from services.events.catalogue import read_notification, topics
from services.incidents import close_incident, open_incident

_STALE: Final = timedelta(days=7)
_PATIENCE: Final = 8
_FIRST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(hours=6)
_AT_ONCE: Final = 200
_CHANNEL: Final = "channel:"
INCIDENT: Final = "letters"
_MEMBERS: Final[Mapping[AudienceKind, tuple[Role, Scope]]] = {
    AudienceKind.ORGANISATION: (Role.ORGANISATION_MEMBER, Scope.ORGANISATION),
    AudienceKind.STREET: (Role.STREET_OFFICER, Scope.STREET),
    AudienceKind.COMMUNITY: (Role.COMMUNITY_SECRETARY, Scope.COMMUNITY),
}


class Letter(NamedTuple):
    """One message to one recipient: its address, or the channel that hears it, and its words."""

    message_id: UUID
    recipient: str
    to: str
    channel: str
    title: str
    body: str


def next_letter(
    session: Session, *, mails: bool = True, channels: Sequence[str] = ()
) -> Letter | None:
    """Return the oldest letter to be sent, its delivery locked until this transaction ends.

    ``mails`` is whether there is a mail server, ``channels`` the addresses of the channels. A
    letter with nobody to go to ends here.
    """
    _address(session, channels)
    due = col(LetterDelivery.next_at).is_(None) | (col(LetterDelivery.next_at) <= real_now(session))
    query = (
        select(LetterDelivery, OutboxMessage)
        .join(OutboxMessage, col(OutboxMessage.id) == LetterDelivery.message_id)
        .where(col(LetterDelivery.ended_at).is_(None), due)
        .order_by(col(OutboxMessage.created_at), col(LetterDelivery.recipient))
        .limit(1)
        .with_for_update(skip_locked=True, of=LetterDelivery)
    )
    if not mails:
        query = query.where(col(LetterDelivery.recipient).startswith(_CHANNEL))
    while row := session.exec(query).first():
        delivery, message = row
        to = _where(session, delivery.recipient, channels)
        if to and not _is_stale(session, message):
            return _letter(message, delivery.recipient, to)
        _end(session, delivery, sent=False)
    return None


def _address(session: Session, channels: Sequence[str]) -> None:
    """Make the deliveries of new messages: one for each person, subscription and channel."""
    messages = session.exec(
        select(OutboxMessage)
        .where(col(OutboxMessage.addressed_at).is_(None))
        .order_by(col(OutboxMessage.created_at))
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    at = now(session)
    for message in messages:
        message.addressed_at = at
        recipients: set[str] = set()
        if message.topic in topics() and not _is_stale(session, message):
            recipients = _recipients(session, message.audience)
            if topics()[message.topic].loud:
                recipients |= {_channel(channel) for channel in channels}
        for recipient in recipients:
            session.add(LetterDelivery(message_id=message.id, recipient=recipient))
        if not recipients:
            message.sent_at = at
    session.flush()


def _is_stale(session: Session, message: OutboxMessage) -> bool:
    return message.created_at < now(session) - _STALE


def _channel(url: str) -> str:
    return f"{_CHANNEL}{keyed_digest('channel', url)[:16]}"


def _where(session: Session, recipient: str, channels: Sequence[str]) -> str:
    """Return where a recipient is reached now, empty where nowhere."""
    kind, _, code = recipient.partition(":")
    if kind == "channel":
        return next((channel for channel in channels if _channel(channel) == recipient), "")
    if kind == "subscription":
        subscription = session.get(Subscription, UUID(code))
        return subscription.email if subscription else ""
    contact = session.get(Contact, UUID(code))
    return contact.email if contact and contact.dead_at is None else ""


def _letter(message: OutboxMessage, recipient: str, to: str) -> Letter:
    notification, about = read_notification(message.topic, message.facts)
    words = notification.letter(about)
    base = settings().public_url.rstrip("/")
    links = (f"{base}{words.path}", f"{base}/en{words.path}") if base else ("", "")
    loud = recipient.startswith(_CHANNEL)
    return Letter(
        message.id,
        recipient,
        "" if loud else to,
        to if loud else "",
        f"揭榜 {words.title.zh} · {words.title.en}",
        f"{words.sentence.zh}\n{links[0]}\n\n{words.sentence.en}\n{links[1]}\n",
    )


def _recipients(session: Session, stored: str) -> set[str]:
    """Return the recipients of a message who can be reached; the public can't."""
    try:
        to = audience(stored)
    except ValueError:
        # A later release knows whom it meant.
        return set()
    if to.kind is AudienceKind.PUBLIC:
        return set()
    if to.kind is AudienceKind.SUBSCRIPTION:
        return {str(to)} if session.get(Subscription, UUID(to.code)) else set()
    query = select(Contact.person_id).where(col(Contact.dead_at).is_(None)).distinct()
    if to.kind is AudienceKind.PERSON:
        query = query.where(Contact.person_id == UUID(to.code))
    else:
        query = query.join(RoleGrant, col(RoleGrant.person_id) == Contact.person_id)
        if to.kind is AudienceKind.ROLE:
            query = query.where(RoleGrant.role == Role(to.code))
        else:
            role, scope = _MEMBERS[to.kind]
            query = query.where(
                RoleGrant.role == role, RoleGrant.scope == scope, RoleGrant.code == to.code
            )
    return {f"person:{person_id}" for person_id in session.exec(query).all()}


def _end(session: Session, delivery: LetterDelivery, *, sent: bool) -> None:
    """End a delivery; with the last of them the message is done."""
    delivery.ended_at, delivery.sent = real_now(session), sent
    session.flush()
    open_ = select(LetterDelivery.recipient).where(
        LetterDelivery.message_id == delivery.message_id, col(LetterDelivery.ended_at).is_(None)
    )
    if session.exec(open_).first() is None:
        session.get_one(OutboxMessage, delivery.message_id).sent_at = now(session)
        session.flush()


def letter_sent(session: Session, letter: Letter) -> None:
    """Record that a letter went out; whatever failed before, letters go out again."""
    _end(session, session.get_one(LetterDelivery, (letter.message_id, letter.recipient)), sent=True)
    close_incident(session, process_id=None, kind=INCIDENT, at=now(session))


def letter_failed(session: Session, letter: Letter) -> None:
    """Let this letter wait, longer each time, and nobody else's.

    Where others went out meanwhile, the address is dead after some tries; where none did, somebody
    should look at the mail server.
    """
    delivery = session.get_one(LetterDelivery, (letter.message_id, letter.recipient))
    at = real_now(session)
    delivery.first_failed_at = delivery.first_failed_at or at
    delivery.attempts += 1
    delivery.next_at = at + min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (delivery.attempts - 1))
    if delivery.attempts < _PATIENCE:
        return
    if _others_went_out(session, delivery):
        _bury(session, letter.recipient, at)
        _end(session, delivery, sent=False)
    else:
        open_incident(
            session,
            process_id=None,
            kind=INCIDENT,
            zh="通知多次发送失败，请检查 JIEBANG_MAIL_URL 和 JIEBANG_WEBHOOK_URLS。",
            en="Letters fail again and again; check JIEBANG_MAIL_URL and JIEBANG_WEBHOOK_URLS.",
            at=now(session),
        )


def _others_went_out(session: Session, delivery: LetterDelivery) -> bool:
    same = col(LetterDelivery.recipient).startswith(_CHANNEL)
    loud = delivery.recipient.startswith(_CHANNEL)
    others = select(LetterDelivery.recipient).where(
        col(LetterDelivery.sent),
        col(LetterDelivery.ended_at) > delivery.first_failed_at,
        LetterDelivery.recipient != delivery.recipient,
        same if loud else ~same,
    )
    return session.exec(others).first() is not None


def _bury(session: Session, recipient: str, at: datetime) -> None:
    """Send nothing more to an address that takes nothing: its owner and administrators read so."""
    kind, _, code = recipient.partition(":")
    if kind == "subscription" and (subscription := session.get(Subscription, UUID(code))):
        session.delete(subscription)
    if kind == "person" and (contact := session.get(Contact, UUID(code))):
        contact.dead_at = at
    session.flush()


def give_up_old(session: Session) -> None:
    """End letters that have waited for more than a week: they are no news any more, and pile up."""
    before = now(session) - _STALE
    old = select(OutboxMessage.id).where(
        col(OutboxMessage.sent_at).is_(None), col(OutboxMessage.created_at) < before
    )
    session.execute(
        update(LetterDelivery)
        .where(col(LetterDelivery.ended_at).is_(None), col(LetterDelivery.message_id).in_(old))
        .values(ended_at=real_now(session))
    )
    session.execute(
        update(OutboxMessage)
        .where(col(OutboxMessage.id).in_(old))
        .values(
            sent_at=now(session),
            addressed_at=func.coalesce(OutboxMessage.addressed_at, now(session)),
        )
    )


class Post(NamedTuple):
    """How the post is doing: messages that wait, the oldest of them, and addresses that are dead."""

    waiting: int
    oldest: datetime | None
    dead: int


def read_post(session: Session) -> Post:
    """Return how the post is doing."""
    waiting, oldest = session.exec(
        select(func.count(), func.min(OutboxMessage.created_at)).where(
            col(OutboxMessage.sent_at).is_(None)
        )
    ).one()
    dead = session.exec(
        select(func.count()).select_from(Contact).where(col(Contact.dead_at).is_not(None))
    ).one()
    return Post(waiting, oldest, dead)
