"""Sessions of the web: begun by signing in, listed, revoked, and proved again where it matters."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from domain.errors import NotFound
from domain.identity.roles import Grant
from domain.text import Text
from models import Person, WebSession
from models.settings import settings
from services.clock import now, real_now
from services.events.record import record
from services.identity.actors import Actor, grants_of
from services.identity.events import SessionBegan, SessionEnded
from services.identity.secrets import new_token, token_digest

_LONGEST: Final = timedelta(days=7)
_TOUCH: Final = timedelta(minutes=1)
PROOF_HOLDS: Final = timedelta(minutes=10)


class Visitor(NamedTuple):
    """Somebody signed in: who, by which session, and what they hold."""

    session_id: UUID
    actor: Actor
    name: str
    organisation_id: UUID | None
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session as its owner sees it."""

    id: UUID
    client: str
    began_at: datetime
    seen_at: datetime


def begin_session(
    session: Session, person: Person, *, client: str, proved_at: datetime | None = None
) -> str:
    """Begin a session and return its token, which is never stored; ended sessions are removed.

    ``proved_at`` is when the person proved who they are, just now unless it is given.
    """
    token, at = new_token(), real_now(session)
    over = (col(WebSession.person_id) == person.id) & (col(WebSession.ends_at) < at)
    session.execute(delete(WebSession).where(over))
    session.add(
        WebSession(
            person_id=person.id,
            digest=token_digest(token),
            client=client[:80],
            began_at=at,
            seen_at=at,
            proved_at=min(proved_at or at, at),
            ends_at=at + _LONGEST,
        )
    )
    record(session, SessionBegan(), about=person.login, by=person.login, at=now(session))
    session.flush()
    return token


def find_visitor(session: Session, token: str) -> Visitor | None:
    """Return who holds this token, None once the session has ended or was left idle too long."""
    clock = func.clock_timestamp()
    row = session.exec(
        select(WebSession, Person, clock)
        .join(Person, col(Person.id) == WebSession.person_id)
        .where(
            WebSession.digest == token_digest(token),
            col(WebSession.ended_at).is_(None),
            col(WebSession.ends_at) > clock,
            col(WebSession.seen_at) > clock - timedelta(hours=settings().session_hours),
        )
    ).one_or_none()
    if row is None:
        return None
    web_session, person, at = row
    if at - web_session.seen_at > _TOUCH:
        web_session.seen_at = at
    return Visitor(
        web_session.id,
        Actor(person.id, person.login, "web", proved=at - web_session.proved_at < PROOF_HOLDS),
        person.name,
        person.organisation_id,
        grants_of(session, person.id),
    )


def last_person(session: Session, token: str) -> UUID | None:
    """Return whose session this token was, also after it has ended; None for any other token."""
    query = select(WebSession.person_id).where(WebSession.digest == token_digest(token))
    return session.exec(query).one_or_none()


def prove_session(session: Session, session_id: UUID) -> None:
    """Record that the person has just proved again who they are."""
    session.get_one(WebSession, session_id).proved_at = real_now(session)
    session.flush()


def list_sessions(session: Session, person_id: UUID) -> list[SessionLine]:
    """Return a person's sessions that go on, the latest used first."""
    rows = session.exec(
        select(WebSession)
        .where(
            WebSession.person_id == person_id,
            col(WebSession.ended_at).is_(None),
            col(WebSession.ends_at) > real_now(session),
        )
        .order_by(col(WebSession.seen_at).desc())
    ).all()
    return [SessionLine(row.id, row.client, row.began_at, row.seen_at) for row in rows]


def end_session(session: Session, *, actor: Actor, session_id: UUID) -> None:
    """End one of the actor's own sessions; raise NotFound for any other."""
    web_session = session.get(WebSession, session_id)
    if web_session is None or web_session.person_id != actor.person_id:
        raise NotFound(what=Text("会话", "session"), key=str(session_id))
    if web_session.ended_at is None:
        web_session.ended_at = real_now(session)
        record(session, SessionEnded(), about=actor.login, by=actor.login, at=now(session))
        session.flush()


def end_other_sessions(session: Session, *, person_id: UUID, keep: UUID | None = None) -> None:
    """End every session of a person but ``keep``: their password has changed."""
    for session_line in list_sessions(session, person_id):
        if session_line.id != keep:
            session.get_one(WebSession, session_line.id).ended_at = real_now(session)
    session.flush()
