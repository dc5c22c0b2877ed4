"""Who acts, and the one question whether they may."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, select

from domain.errors import NotFound, NotPermitted
from domain.roles import ROLE_NAMES, Grant, Role, Scope
from models import Person, Project, RoleGrant


@dataclass(frozen=True)
class Actor:
    """Somebody known to act now, and the channel they use (cli, prefect-ui, demo)."""

    person_id: UUID
    login: str
    channel: str


def actor_named(session: Session, login: str, *, channel: str) -> Actor:
    """Return the person with this login as an actor; raise NotFound."""
    person = session.exec(select(Person).where(Person.login == login)).one_or_none()
    if person is None:
        raise NotFound(what="人员 / person", key=login)
    return Actor(person.id, person.login, channel)


def grants_of(session: Session, person_id: UUID) -> tuple[Grant, ...]:
    """Return every grant the person holds."""
    rows = session.exec(select(RoleGrant).where(RoleGrant.person_id == person_id)).all()
    return tuple(Grant(row.role, row.scope, row.code) for row in rows)


def scope_code(project: Project, scope: Scope) -> str:
    """Return the code of ``project`` at ``scope``."""
    return {
        Scope.DISTRICT: "*",
        Scope.STREET: project.street_code,
        Scope.COMMUNITY: project.community_code,
    }[scope]


def holds(grants: tuple[Grant, ...], role: Role, scope: Scope, code: str) -> bool:
    """Tell whether one of ``grants`` is ``role`` for this scope, or for the whole district."""
    return any(
        grant.role is role
        and (grant.scope is Scope.DISTRICT or (grant.scope, grant.code) == (scope, code))
        for grant in grants
    )


def require_role(
    session: Session, actor: Actor, project: Project, *roles: tuple[Role, Scope]
) -> Role:
    """Return the first role by which ``actor`` may act on ``project``; raise NotPermitted."""
    grants = grants_of(session, actor.person_id)
    for role, scope in roles:
        if holds(grants, role, scope, scope_code(project, scope)):
            return role
    zh = "、".join(ROLE_NAMES[role].zh for role, _ in roles)
    en = ", ".join(ROLE_NAMES[role].en for role, _ in roles)
    raise NotPermitted(
        zh=f"需要本项目所在范围的{zh}。", en=f"it takes a {en} of this project's place."
    )


def require_member(session: Session, actor: Actor, organisation_id: UUID) -> None:
    """Raise NotPermitted unless ``actor`` acts for the organisation."""
    grants = grants_of(session, actor.person_id)
    if not holds(grants, Role.ORGANISATION_MEMBER, Scope.ORGANISATION, str(organisation_id)):
        raise NotPermitted(zh="您不是该组织的成员。", en="you do not act for this organisation.")
