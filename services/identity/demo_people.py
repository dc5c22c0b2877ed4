"""The people to play on the sign-in page of a demo; no other installation shows anybody."""

from typing import Final, NamedTuple

from sqlmodel import Session, col, select

from domain.identity.roles import ROLE_NAMES, Role, Scope
from domain.text import Text
from models import Community, Gate, Organisation, Person, Project, RoleGrant, Street

# In a demo district anybody may be anybody; its sign-in page says so.
PASSWORD: Final = "open-calls-demo"
_DISTRICT_WIDE, _LOCAL = 6, 4


class DemoPerson(NamedTuple):
    """Somebody one may be: login, name, and as what."""

    login: str
    name: str
    role: Text
    where: str


def demo_people(session: Session) -> list[DemoPerson]:
    """Return a few people of every role, first those whose projects wait for somebody."""
    waiting = session.exec(
        select(Project.community_code, Project.street_code)
        .join(Gate, col(Gate.process_id) == Project.id)
        .where(col(Gate.outcome).is_(None))
    ).all()
    busy = {code for codes in waiting for code in codes}
    query = (
        select(Person, RoleGrant)
        .join(RoleGrant, col(RoleGrant.person_id) == Person.id)
        .order_by(col(Person.login))
    )
    rows = sorted(session.exec(query).all(), key=lambda row: row[1].code not in busy)
    places = {street.code: street.name for street in session.exec(select(Street)).all()}
    places |= {
        community.code: community.name for community in session.exec(select(Community)).all()
    }
    places |= {
        str(organisation.id): organisation.name
        for organisation in session.exec(select(Organisation)).all()
    }
    by_role: dict[Role, list[DemoPerson]] = {}
    for person, grant in rows:
        people = by_role.setdefault(grant.role, [])
        many = _LOCAL if grant.scope in (Scope.STREET, Scope.COMMUNITY) else _DISTRICT_WIDE
        if len(people) < many:
            where = places.get(grant.code, "")
            people.append(DemoPerson(person.login, person.name, ROLE_NAMES[grant.role], where))
    return [demo_person for role in Role for demo_person in by_role.get(role, [])]
