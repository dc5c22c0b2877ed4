"""Personal access tokens: made by their owner, shown once, revoked at any time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from sqlmodel import Field, Session, col, select

from domain.errors import BadInput, NotFound
from domain.identity.access import TokenScope
from domain.identity.roles import Grant
from domain.text import Text
from models import AccessToken, Person
from models.shapes import Command
from services.clock import now, real_now
from services.events.record import record
from services.identity.actors import Actor, grants_of
from services.identity.events import TokenMade, TokenRevoked
from services.identity.secrets import new_token, token_digest

PREFIX: Final = "jb_"
LONGEST: Final = 366
LONGEST_ADMINISTERING: Final = 30
_MOST: Final = 20
_TOUCH: Final = timedelta(minutes=1)


class AccessTokenCreate(Command):
    """What its owner says of a new token: a name, how many days it holds, what it is good for."""

    name: str = Field(min_length=1, max_length=60)
    days: int = Field(default=90, ge=1, le=LONGEST)
    scopes: list[TokenScope] = Field(min_length=1)


class Bearer(NamedTuple):
    """Whose token it is, what they hold, and what the token is good for."""

    actor: Actor
    name: str
    organisation_id: UUID | None
    grants: tuple[Grant, ...]
    scopes: frozenset[TokenScope]


@dataclass(frozen=True, slots=True)
class TokenLine:
    """A token as its owner sees it; its secret is nowhere."""

    id: UUID
    name: str
    scopes: tuple[TokenScope, ...]
    made_at: datetime
    expires_at: datetime
    seen_at: datetime | None


def make_token(session: Session, *, actor: Actor, token: AccessTokenCreate) -> str:
    """Return a new token of the actor's; it is shown only now.

    Raises BadInput for too many, and for one to administer with that holds too long.
    """
    if TokenScope.ADMINISTER in token.scopes and token.days > LONGEST_ADMINISTERING:
        raise BadInput(
            zh=f"用于区级管理的令牌最多有效 {LONGEST_ADMINISTERING} 天。",
            en=f"A token to administer the district holds {LONGEST_ADMINISTERING} days at most.",
        )
    if len(list_tokens(session, actor.person_id)) >= _MOST:
        raise BadInput(
            zh=f"最多 {_MOST} 个访问令牌，请先撤销不用的。",
            en=f"{_MOST} tokens at most; revoke one you no longer use.",
        )
    secret, at = PREFIX + new_token(), real_now(session)
    session.add(
        AccessToken(
            person_id=actor.person_id,
            name=token.name,
            digest=token_digest(secret),
            scopes=sorted(set(token.scopes)),
            made_at=at,
            expires_at=at + timedelta(days=token.days),
        )
    )
    record(
        session,
        TokenMade(scopes=sorted(set(token.scopes)), days=token.days),
        about=actor.login,
        by=actor.login,
        at=now(session),
    )
    session.flush()
    return secret


def find_bearer(session: Session, secret: str) -> Bearer | None:
    """Return whose token this is, None once it has expired or was revoked."""
    at = real_now(session)
    row = session.exec(
        select(AccessToken, Person)
        .join(Person, col(Person.id) == AccessToken.person_id)
        .where(
            AccessToken.digest == token_digest(secret),
            col(AccessToken.revoked_at).is_(None),
            col(AccessToken.expires_at) > at,
        )
    ).one_or_none()
    if row is None:
        return None
    access_token, person = row
    if access_token.seen_at is None or at - access_token.seen_at > _TOUCH:
        access_token.seen_at = at
    return Bearer(
        Actor(person.id, person.login, "api", proved=False),
        person.name,
        person.organisation_id,
        grants_of(session, person.id),
        frozenset(TokenScope(scope) for scope in access_token.scopes),
    )


def list_tokens(session: Session, person_id: UUID) -> Sequence[TokenLine]:
    """Return a person's tokens that still hold, the newest first."""
    rows = session.exec(
        select(AccessToken)
        .where(
            AccessToken.person_id == person_id,
            col(AccessToken.revoked_at).is_(None),
            col(AccessToken.expires_at) > real_now(session),
        )
        .order_by(col(AccessToken.made_at).desc())
    ).all()
    return [
        TokenLine(
            row.id,
            row.name,
            tuple(TokenScope(scope) for scope in row.scopes),
            row.made_at,
            row.expires_at,
            row.seen_at,
        )
        for row in rows
    ]


def revoke_all(session: Session, person_id: UUID) -> None:
    """Revoke every token of a person: their password has changed."""
    for access_token in session.exec(
        select(AccessToken).where(
            AccessToken.person_id == person_id, col(AccessToken.revoked_at).is_(None)
        )
    ):
        access_token.revoked_at = real_now(session)


def revoke_token(session: Session, *, actor: Actor, token_id: UUID) -> None:
    """Revoke one of the actor's own tokens; raise NotFound for any other."""
    access_token = session.get(AccessToken, token_id, with_for_update=True)
    if access_token is None or access_token.person_id != actor.person_id:
        raise NotFound(what=Text("访问令牌", "access token"), key=str(token_id))
    if access_token.revoked_at is None:
        access_token.revoked_at = real_now(session)
        record(session, TokenRevoked(), about=actor.login, by=actor.login, at=now(session))
        session.flush()
