"""People and the roles they hold."""

import re
from typing import Final

from sqlmodel import Session, select

from domain.errors import BadInput, NotFound
from domain.roles import Role, Scope
from models import Community, Organisation, Person, RoleGrant, Street
from services.clock import now
from services.records import audit

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

    ``where`` is the code or name of the community or street, the name of the organisation, or
    empty for a role in the whole district. Raises BadInput for a login that is taken or not plain,
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
    audit(session, actor=actor, action="person.added", subject=login, at=at, role=role, code=code)
    session.flush()
    return person


def _held_for(session: Session, scope: Scope, where: str) -> tuple[str, Organisation | None]:
    if scope is Scope.DISTRICT:
        return "*", None
    if scope is Scope.ORGANISATION:
        organisation = session.exec(
            select(Organisation).where(Organisation.name == where)
        ).one_or_none()
        if organisation is None:
            raise NotFound(what="组织 / organisation", key=where)
        return str(organisation.id), organisation
    table: type[Street] | type[Community] = Street if scope is Scope.STREET else Community
    found = session.exec(
        select(table.code).where((table.code == where) | (table.name == where))
    ).all()
    if len(found) != 1:
        raise NotFound(what="地点（请用编号） / place (use its code)", key=where)
    return found[0], None
