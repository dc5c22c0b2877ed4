"""Act for a colleague who is away: at approvals only, by dates, visibly.

A named seat (a panel's chair) is nobody else's. A person who prepared something, or has an
interest, is represented by nobody either: their exclusion holds for the person who stands in.
"""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlmodel import Field, Session, col, select

from domain.calendar import BEIJING
from domain.errors import BadInput, NotFound, NotPermitted
from domain.identity.roles import Grant, Role, Scope
from domain.text import Text
from models import Delegation, Person, RoleGrant
from models.shapes import Command
from services.clock import now, real_now
from services.events.record import record
from services.identity.actors import Actor, grants_of
from services.identity.events import DelegationMade, DelegationRevoked

_STREET_DIGITS = 9
_PERSONAL = frozenset({Role.ORGANISATION_MEMBER, Role.RESIDENT, Role.OPERATOR, Role.AUDITOR})


class DelegationCreate(Command):
    """What somebody types before they are away."""

    to: UUID
    starts_on: date
    ends_on: date
    reason: str = Field(min_length=2, max_length=200)


class Absent(NamedTuple):
    """Somebody away whose approvals another may give."""

    person_id: UUID
    name: str
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class DelegationLine:
    """A delegation as either side sees it."""

    id: UUID
    from_name: str
    to_name: str
    starts_on: date
    ends_on: date
    reason: str
    mine: bool


def colleagues(session: Session, actor: Actor) -> list[Person]:
    """Return the people who may stand in for the actor: same role, secretaries of one street."""
    people: dict[UUID, Person] = {}
    for grant in grants_of(session, actor.person_id):
        if grant.role in _PERSONAL:
            continue
        query = (
            select(Person)
            .join(RoleGrant, col(RoleGrant.person_id) == Person.id)
            .where(RoleGrant.role == grant.role, Person.id != actor.person_id)
            .order_by(col(Person.login))
        )
        if grant.scope is Scope.COMMUNITY:
            query = query.where(col(RoleGrant.code).startswith(grant.code[:_STREET_DIGITS]))
        people |= {person.id: person for person in session.exec(query).all()}
    return list(people.values())


def delegate(session: Session, *, actor: Actor, form: DelegationCreate) -> None:
    """Let a colleague decide in the actor's place from a day to a day, both included.

    Raises NotPermitted for somebody who is no colleague, BadInput for days in the wrong order or
    past.
    """
    if form.to not in {colleague.id for colleague in colleagues(session, actor)}:
        raise NotPermitted(
            zh="只能委托同一岗位的同事。", en="only a colleague with the same role may stand in."
        )
    at = now(session)
    if form.ends_on < form.starts_on or form.ends_on < at.astimezone(BEIJING).date():
        raise BadInput(
            zh="结束日期须不早于开始日期，也不能在今天之前。",
            en="The last day is not before the first, and not past.",
        )
    delegation = Delegation(
        from_id=actor.person_id,
        to_id=form.to,
        starts_on=form.starts_on,
        ends_on=form.ends_on,
        reason=form.reason,
        made_at=real_now(session),
    )
    session.add(delegation)
    record(
        session,
        DelegationMade(starts=form.starts_on, ends=form.ends_on),
        about=session.get_one(Person, form.to).login,
        by=actor.login,
        at=at,
    )
    session.flush()


def revoke(session: Session, *, actor: Actor, delegation_id: UUID) -> None:
    """Take back the actor's own delegation; decisions made under it stand."""
    delegation = session.get(Delegation, delegation_id)
    if delegation is None or delegation.from_id != actor.person_id:
        raise NotFound(what=Text("委托", "delegation"), key=str(delegation_id))
    revoke_held(session, delegation_id=delegation_id, actor=actor)


def revoke_held(session: Session, *, delegation_id: UUID, actor: Actor) -> None:
    """End a delegation; the caller has asked whether ``actor`` may."""
    delegation = session.get(
        Delegation, delegation_id, with_for_update=True, populate_existing=True
    )
    if delegation is None:
        raise NotFound(what=Text("委托", "delegation"), key=str(delegation_id))
    if delegation.revoked_at is None:
        delegation.revoked_at = real_now(session)
        record(
            session,
            DelegationRevoked(),
            about=session.get_one(Person, delegation.to_id).login,
            by=actor.login,
            at=now(session),
        )
        session.flush()


def delegations_of(session: Session, person_id: UUID) -> list[DelegationLine]:
    """Return the delegations that are not over, made by somebody or to them."""
    today = now(session).astimezone(BEIJING).date()
    rows = session.exec(
        select(Delegation)
        .where(
            (Delegation.from_id == person_id) | (Delegation.to_id == person_id),
            col(Delegation.revoked_at).is_(None),
            col(Delegation.ends_on) >= today,
        )
        .order_by(col(Delegation.starts_on))
    ).all()
    ids = {party_id for row in rows for party_id in (row.from_id, row.to_id)}
    names = {
        person.id: person.name
        for person in session.exec(select(Person).where(col(Person.id).in_(ids)))
    }
    return [
        DelegationLine(
            row.id,
            names[row.from_id],
            names[row.to_id],
            row.starts_on,
            row.ends_on,
            row.reason,
            row.from_id == person_id,
        )
        for row in rows
    ]


def absent_for(session: Session, person_id: UUID) -> tuple[Absent, ...]:
    """Return for whom somebody stands in today, with the roles that both of them hold.

    A role that only the absent one holds is not lent, nor one that who stands in has lost.
    """
    today = now(session).astimezone(BEIJING).date()
    rows = session.exec(
        select(Person)
        .join(Delegation, col(Delegation.from_id) == Person.id)
        .where(
            Delegation.to_id == person_id,
            col(Delegation.revoked_at).is_(None),
            col(Delegation.starts_on) <= today,
            col(Delegation.ends_on) >= today,
        )
        .order_by(col(Person.login))
        .distinct()
    ).all()
    if not rows:
        return ()
    roles = {grant.role for grant in grants_of(session, person_id)} - _PERSONAL
    return tuple(
        Absent(
            row.id,
            row.name,
            tuple(grant for grant in grants_of(session, row.id) if grant.role in roles),
        )
        for row in rows
    )
