"""Who acts, and the one question whether they may."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from domain.errors import NotFound, NotPermitted, ProofNeeded
from domain.identity.permissions import PERMITS, Act
from domain.identity.roles import ROLE_NAMES, Grant, Role, Scope
from domain.text import Text
from models import Person, Project, RoleGrant

Codes = Mapping[Scope, str]


@dataclass(frozen=True)
class Actor:
    """Somebody known to act now, and the channel they use (web, cli, prefect-ui, demo).

    ``proved`` is false where who they are was proved too long ago for an award.
    """

    person_id: UUID
    login: str
    channel: str
    proved: bool = True


def actor_named(session: Session, login: str, *, channel: str) -> Actor:
    """Return the person with this login as an actor; raise NotFound."""
    person = session.exec(select(Person).where(Person.login == login)).one_or_none()
    if person is None:
        raise NotFound(what=Text("人员", "person"), key=login)
    return Actor(person.id, person.login, channel)


def grants_of(session: Session, person_id: UUID) -> tuple[Grant, ...]:
    """Return every grant the person holds."""
    rows = session.exec(select(RoleGrant).where(RoleGrant.person_id == person_id)).all()
    return tuple(Grant(row.role, row.scope, row.code) for row in rows)


def organisations_of(grants: Sequence[Grant]) -> frozenset[UUID]:
    """Return the organisations somebody acts for."""
    return frozenset(UUID(grant.code) for grant in grants if grant.scope is Scope.ORGANISATION)


def places_of(grants: Sequence[Grant]) -> tuple[set[str], set[str]]:
    """Return the streets and communities for which somebody may form projects."""
    offices = [
        grant for grant in grants if grant.role in (Role.STREET_OFFICER, Role.COMMUNITY_SECRETARY)
    ]
    return (
        {office.code for office in offices if office.scope is Scope.STREET},
        {office.code for office in offices if office.scope is Scope.COMMUNITY},
    )


def acting_for(session: Session, organisations: Iterable[UUID]) -> set[UUID]:
    """Return everybody who acts for one of these organisations."""
    rows = session.exec(
        select(RoleGrant.person_id).where(
            RoleGrant.scope == Scope.ORGANISATION,
            col(RoleGrant.code).in_({str(organisation_id) for organisation_id in organisations}),
        )
    )
    return set(rows)


def place_of(project: Project) -> Codes:
    """Return the codes by which roles are held for ``project``."""
    return {
        Scope.DISTRICT: "*",
        Scope.STREET: project.street_code,
        Scope.COMMUNITY: project.community_code,
    }


def organisation(organisation_id: UUID) -> Codes:
    """Return the code by which people act for an organisation."""
    return {Scope.ORGANISATION: str(organisation_id)}


DISTRICT: Final[Codes] = {Scope.DISTRICT: "*"}


def may(grants: tuple[Grant, ...], act: Act, codes: Codes) -> Role | None:
    """Return the role by which these grants allow ``act`` on what ``codes`` locate, or None."""
    for role, scope in PERMITS[act]:
        if scope in codes and any(grant.holds(role, scope, codes[scope]) for grant in grants):
            return role
    return None


def authorise(session: Session, actor: Actor, act: Act, codes: Codes) -> Role:
    """Return the role by which ``actor`` may ``act``; raise NotPermitted, which says who may."""
    if role := may(grants_of(session, actor.person_id), act, codes):
        return role
    if Scope.ORGANISATION in codes:
        raise NotPermitted(zh="您不是该组织的成员。", en="you do not act for this organisation.")
    zh = "、".join(ROLE_NAMES[role].zh for role, _ in PERMITS[act])
    en = ", ".join(ROLE_NAMES[role].en for role, _ in PERMITS[act])
    raise NotPermitted(zh=f"这需要相应范围的{zh}。", en=f"it takes a {en} of the place concerned.")


def require_administrator(session: Session, actor: Actor, *, proved: bool = False) -> None:
    """Raise NotPermitted for people who are no administrators, ProofNeeded without a fresh proof.

    ``proved`` is asked where a change gives somebody power, or changes whom the rules admit.
    """
    authorise(session, actor, Act.ADMINISTER, DISTRICT)
    if proved and not actor.proved:
        raise ProofNeeded
