"""What a district administrator does about people: find them, add them, give and take roles.

Every change needs the administrator to have proved just now who they are, and stands in the audit
log. Nobody changes their own roles: that takes a second administrator.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import String, cast
from sqlmodel import Field, Session, col, func, or_, select

from domain.calendar import BEIJING
from domain.errors import NotPermitted
from domain.identity.roles import Role, Scope
from models import (
    Community,
    Credential,
    Delegation,
    Invitation,
    Organisation,
    Person,
    RoleGrant,
    Street,
)
from models.shapes import Command
from services.clock import now, real_now
from services.events.record import record
from services.identity import erasures, people, tries
from services.identity.access_tokens import list_tokens, revoke_all
from services.identity.actors import Actor, require_administrator
from services.identity.contacts import mail_dead
from services.identity.credentials import invite
from services.identity.delegations import revoke_held
from services.identity.events import AccessEnded
from services.identity.sessions import SessionLine, end_other_sessions, list_sessions
from services.identity.single_sign_on import linked

PAGE = 30
_LONGEST = 60


class PersonCreate(Command):
    """Somebody new with one role; ``where`` names the place or organisation it is held for."""

    login: str = Field(min_length=3, max_length=40)
    name: str = Field(min_length=1, max_length=60)
    role: Role
    where: str = Field(default="", max_length=120)


class RoleCreate(Command):
    """One more role; ``where`` names the place or organisation it is held for."""

    role: Role
    where: str = Field(default="", max_length=120)


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A role somebody holds, and what the place or organisation is called."""

    id: UUID
    role: Role
    scope: Scope
    code: str
    where: str


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody in the list."""

    login: str
    name: str
    grants: tuple[GrantLine, ...]


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """A page of people by login, and the login after which the next begins."""

    items: tuple[PersonLine, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class DelegationHeld:
    """A delegation that is not over."""

    id: UUID
    from_login: str
    from_name: str
    to_login: str
    to_name: str
    starts_on: date
    ends_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class PersonView:
    """Somebody as an administrator sees them: what they hold, and how they sign in."""

    login: str
    name: str
    created_at: datetime
    organisation: str | None
    grants: tuple[GrantLine, ...]
    has_password: bool
    totp_on: bool
    sso_linked: bool
    invited_until: datetime | None
    locked_until: datetime | None
    sessions: tuple[SessionLine, ...]
    tokens: int
    delegations: tuple[DelegationHeld, ...]
    own: bool
    mail_dead: bool


def list_people(
    session: Session,
    *,
    actor: Actor,
    text: str = "",
    role: Role | None = None,
    after: str = "",
    size: int = PAGE,
) -> PeoplePage:
    """Return ``size`` people by login whose login or name holds ``text``, with ``role`` if given."""
    require_administrator(session, actor)
    query = select(Person).where(col(Person.erased_at).is_(None), Person.login > after)
    if words := text.strip()[:_LONGEST]:
        query = query.where(
            or_(
                col(Person.login).icontains(words, autoescape=True),
                col(Person.name).icontains(words, autoescape=True),
            )
        )
    if role:
        holding = select(RoleGrant.person_id).where(RoleGrant.role == role)
        query = query.where(col(Person.id).in_(holding))
    rows = session.exec(query.order_by(col(Person.login)).limit(size + 1)).all()
    grants = _grants(session, [row.id for row in rows[:size]])
    items = tuple(PersonLine(row.login, row.name, grants.get(row.id, ())) for row in rows[:size])
    return PeoplePage(items, items[-1].login if len(rows) > size else None)


def _grants(session: Session, ids: Sequence[UUID]) -> dict[UUID, tuple[GrantLine, ...]]:
    """Return what each of some people holds, with the names of the places."""
    rows = session.exec(
        select(RoleGrant, func.coalesce(Street.name, Community.name, Organisation.name, ""))
        .join(Street, col(Street.code) == RoleGrant.code, isouter=True)
        .join(Community, col(Community.code) == RoleGrant.code, isouter=True)
        .join(Organisation, cast(Organisation.id, String) == RoleGrant.code, isouter=True)
        .where(col(RoleGrant.person_id).in_(ids))
        .order_by(col(RoleGrant.role), col(RoleGrant.code))
    ).all()
    by_person: dict[UUID, tuple[GrantLine, ...]] = {}
    for role_grant, where in rows:
        line = GrantLine(role_grant.id, role_grant.role, role_grant.scope, role_grant.code, where)
        by_person[role_grant.person_id] = (*by_person.get(role_grant.person_id, ()), line)
    return by_person


def read_person(session: Session, *, actor: Actor, login: str) -> PersonView:
    """Return somebody as an administrator sees them; raise NotFound."""
    require_administrator(session, actor)
    person = people.person_named(session, login)
    credential = session.get(Credential, person.id)
    own = session.get(Organisation, person.organisation_id) if person.organisation_id else None
    pending = session.exec(
        select(func.max(Invitation.expires_at)).where(
            Invitation.person_id == person.id,
            col(Invitation.used_at).is_(None),
            col(Invitation.expires_at) > real_now(session),
        )
    ).one()
    return PersonView(
        person.login,
        person.name,
        person.created_at,
        own.name if own else None,
        _grants(session, [person.id]).get(person.id, ()),
        credential is not None,
        bool(credential and credential.totp_since),
        linked(session, person.id),
        pending,
        tries.slowed_until(session, person.login),
        tuple(list_sessions(session, person.id)),
        len(list_tokens(session, person.id)),
        list_delegations(session, actor=actor, person_id=person.id),
        person.id == actor.person_id,
        mail_dead(session, person.id),
    )


def add_person(session: Session, *, actor: Actor, form: PersonCreate) -> None:
    """Add somebody with one role; they sign in once they were invited."""
    require_administrator(session, actor, proved=True)
    people.add_person(session, **form.model_dump(), actor=actor.login)


def give_role(session: Session, *, actor: Actor, login: str, form: RoleCreate) -> None:
    """Give somebody else one more role."""
    require_administrator(session, actor, proved=True)
    _not_oneself(actor, login)
    people.give_role(session, login=login, role=form.role, where=form.where, actor=actor.login)


def take_role(session: Session, *, actor: Actor, login: str, grant_id: UUID) -> None:
    """Take a role back from somebody else."""
    require_administrator(session, actor, proved=True)
    _not_oneself(actor, login)
    people.take_role(session, login=login, grant_id=grant_id, actor=actor.login)


def _not_oneself(actor: Actor, login: str) -> None:
    if login == actor.login:
        raise NotPermitted(
            zh="自己的角色须由另一位区管理员更改。",
            en="another district administrator changes your own roles.",
        )


def invite_person(session: Session, *, actor: Actor, login: str) -> str:
    """Return a token by which somebody sets their password, once, within three days."""
    require_administrator(session, actor, proved=True)
    return invite(session, login=login, actor=actor.login)


def unlock_person(session: Session, *, actor: Actor, login: str) -> None:
    """Let a person sign in again after too many tries."""
    require_administrator(session, actor, proved=True)
    tries.unlock(session, login=people.person_named(session, login).login, actor=actor.login)


def end_access(session: Session, *, actor: Actor, login: str) -> None:
    """End every session of somebody and revoke their programs' tokens."""
    require_administrator(session, actor, proved=True)
    person = people.person_named(session, login)
    end_other_sessions(session, person_id=person.id)
    revoke_all(session, person.id)
    record(session, AccessEnded(), about=login, by=actor.login, at=now(session))
    session.flush()


def erase_person(session: Session, *, actor: Actor, login: str) -> str:
    """Erase somebody else on their request; return what stands in place of their login."""
    require_administrator(session, actor, proved=True)
    _not_oneself(actor, login)
    return erasures.erase_person(session, login=login, actor=actor.login)


def list_delegations(
    session: Session, *, actor: Actor, person_id: UUID | None = None
) -> tuple[DelegationHeld, ...]:
    """Return the delegations that are not over: all, or those of one person."""
    require_administrator(session, actor)
    query = select(Delegation).where(
        col(Delegation.revoked_at).is_(None),
        col(Delegation.ends_on) >= now(session).astimezone(BEIJING).date(),
    )
    if person_id:
        query = query.where(or_(Delegation.from_id == person_id, Delegation.to_id == person_id))
    rows = session.exec(query.order_by(col(Delegation.starts_on))).all()
    ids = {party_id for row in rows for party_id in (row.from_id, row.to_id)}
    parties = {
        person.id: person for person in session.exec(select(Person).where(col(Person.id).in_(ids)))
    }
    return tuple(
        DelegationHeld(
            row.id,
            parties[row.from_id].login,
            parties[row.from_id].name,
            parties[row.to_id].login,
            parties[row.to_id].name,
            row.starts_on,
            row.ends_on,
            row.reason,
        )
        for row in rows
    )


def revoke_delegation(session: Session, *, actor: Actor, delegation_id: UUID) -> None:
    """End somebody's delegation; decisions made under it stand."""
    require_administrator(session, actor, proved=True)
    revoke_held(session, delegation_id=delegation_id, actor=actor)
