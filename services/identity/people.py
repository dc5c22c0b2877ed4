"""People and the roles they hold: the caller has asked whether it is permitted."""

import re
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from domain.errors import BadInput, NotFound
from domain.identity.roles import Role, Scope
from domain.text import Text
from models import Community, Organisation, Person, RoleGrant, Street
from services.clock import now
from services.events.event import Event
from services.events.record import record
from services.identity.events import PersonAdded, RoleGiven, RoleTaken

_LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")
SCOPE_OF: Final = {
    Role.COMMUNITY_SECRETARY: Scope.COMMUNITY,
    Role.STREET_OFFICER: Scope.STREET,
    Role.ORGANISATION_MEMBER: Scope.ORGANISATION,
}


def add_person(
    session: Session, *, login: str, name: str, role: Role, where: str, actor: str
) -> Person:
    """Add somebody with one role; they can sign in once they were invited.

    ``where`` is the code or name of the community or street, the name or credit code of the
    organisation, or empty for a role in the whole district. Raises BadInput for a login that is taken or not plain,
    NotFound for an unknown place or organisation.
    """
    if not _LOGIN.fullmatch(login):
        raise BadInput(
            zh="登录名用小写字母、数字、点和连字符，3 到 40 个字符。",
            en="A login has 3 to 40 lower-case letters, digits, dots and hyphens.",
        )
    if session.exec(select(Person).where(Person.login == login)).first():
        raise BadInput(zh=f"登录名“{login}”已被使用。", en=f"The login {login!r} is taken.")
    scope = SCOPE_OF.get(role, Scope.DISTRICT)
    code, organisation = _held_for(session, scope, where)
    at = now(session)
    person = Person(
        login=login,
        name=name.strip(),
        organisation_id=organisation.id if organisation else None,
        created_at=at,
    )
    session.add(person)
    session.flush()
    session.add(RoleGrant(person_id=person.id, role=role, scope=scope, code=code))
    record(session, PersonAdded(role=role, code=code), about=login, by=actor, at=at)
    session.flush()
    return person


def person_named(session: Session, login: str, *, lock: bool = False) -> Person:
    """Return the person with this login; raise NotFound, as for a person who was erased."""
    query = select(Person).where(Person.login == login, col(Person.erased_at).is_(None))
    person = session.exec(query.with_for_update() if lock else query).one_or_none()
    if person is None:
        raise NotFound(what=Text("人员", "person"), key=login)
    return person


def give_role(session: Session, *, login: str, role: Role, where: str, actor: str) -> None:
    """Give somebody one more role; ``where`` is as in ``add_person``.

    Raises BadInput for a role they hold already or a second organisation, NotFound for an unknown
    place.
    """
    person = person_named(session, login, lock=True)
    scope = SCOPE_OF.get(role, Scope.DISTRICT)
    code, organisation = _held_for(session, scope, where)
    role_grants = session.exec(select(RoleGrant).where(RoleGrant.person_id == person.id)).all()
    if any((grant.role, grant.scope, grant.code) == (role, scope, code) for grant in role_grants):
        raise BadInput(zh="此人已有这个角色。", en="They hold this role already.")
    if organisation and person.organisation_id not in (None, organisation.id):
        raise BadInput(
            zh="此人已属于另一个组织，请先收回那个角色。",
            en="They belong to another organisation; take that role back first.",
        )
    if organisation:
        person.organisation_id = organisation.id
    session.add(RoleGrant(person_id=person.id, role=role, scope=scope, code=code))
    event = RoleGiven(role=role, code=code)
    _record(session, actor, event, person)


def take_role(session: Session, *, login: str, grant_id: UUID, actor: str) -> None:
    """Take a role back; decisions made by it stand.

    Raises NotFound, or BadInput for the district's last administrator.
    """
    person = person_named(session, login, lock=True)
    role_grant = session.get(RoleGrant, grant_id, with_for_update=True)
    if role_grant is None or role_grant.person_id != person.id:
        raise NotFound(what=Text("角色", "role"), key=str(grant_id)[:8])
    if role_grant.role is Role.DISTRICT_ADMINISTRATOR:
        require_another_administrator(session, person)
    if role_grant.scope is Scope.ORGANISATION:
        person.organisation_id = None
    session.delete(role_grant)
    _record(session, actor, RoleTaken(role=role_grant.role, code=role_grant.code), person)


def require_another_administrator(session: Session, person: Person) -> None:
    """Raise BadInput where nobody but ``person`` administers the district."""
    administrators = session.exec(
        select(RoleGrant.person_id)
        .where(RoleGrant.role == Role.DISTRICT_ADMINISTRATOR)
        .with_for_update()
    ).all()
    if set(administrators) == {person.id}:
        raise BadInput(
            zh="这是最后一位区管理员，请先添加另一位。",
            en="They are the last district administrator; add another first.",
        )


def _record(session: Session, actor: str, event: Event, person: Person) -> None:
    record(session, event, about=person.login, by=actor, at=now(session))
    session.flush()


def _held_for(session: Session, scope: Scope, where: str) -> tuple[str, Organisation | None]:
    if scope is Scope.DISTRICT:
        return "*", None
    if scope is Scope.ORGANISATION:
        organisation = session.exec(
            select(Organisation).where((Organisation.name == where) | (Organisation.uscc == where))
        ).one_or_none()
        if organisation is None:
            raise NotFound(what=Text("组织", "organisation"), key=where)
        return str(organisation.id), organisation
    table: type[Street] | type[Community] = Street if scope is Scope.STREET else Community
    codes = session.exec(
        select(table.code).where(
            (table.code == where) | (table.name == where), col(table.valid_to).is_(None)
        )
    ).all()
    if len(codes) != 1:
        raise NotFound(what=Text("地点（请用编号）", "place (use its code)"), key=where)
    return codes[0], None
