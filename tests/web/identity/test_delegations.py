"""A colleague decides while somebody is away: approvals only, by dates, and it is said."""

from datetime import timedelta

import pytest
from sqlmodel import select

from domain.calendar import BEIJING
from domain.gates import GateKind
from domain.identity.roles import Role, Scope
from models import Decision, Delegation, Person, RoleGrant
from models.session import unit_of_work
from services.clock import now
from services.gates.policies import bind_policy
from services.gates.policy_rows import seats_for
from services.identity.delegations import absent_for
from services.publish.gates import PUBLICATION
from tests.builders import Walk, new_project
from tests.web.visitor import Visitor

pytestmark = pytest.mark.usefixtures("database")


def person(login: str) -> Person:
    with unit_of_work() as session:
        return session.exec(select(Person).where(Person.login == login)).one()


def days(first: int, last: int) -> dict[str, str]:
    with unit_of_work() as session:
        today = now(session).astimezone(BEIJING).date()
    return {
        "starts_on": (today + timedelta(days=first)).isoformat(),
        "ends_on": (today + timedelta(days=last)).isoformat(),
        "reason": "出差",
    }


def prepared() -> Walk:
    """A call before its approval: the first secretary wrote it, the second may approve it."""
    walk = Walk(new_project())
    walk.to_call_approval()
    return walk


def test_a_colleague_stands_in_and_the_decision_says_for_whom(served: str) -> None:
    walk = prepared()
    street = walk.project.street_code
    away, other = f"street-{street}-1", f"street-{street}-2"
    given = Visitor(served, away).post(
        "/account/delegations", to=str(person(other).id), **days(0, 3)
    )
    assert given.status_code == 303
    standing_in = Visitor(served, other)
    assert person(away).name in standing_in.read("/account")
    path = f"/desk/{walk.project.code}/publish-approval-r1"
    assert (
        standing_in.post(f"{path}/decide", verb="approve", dossier_version="1").status_code == 303
    )
    with unit_of_work() as session:
        decision = session.exec(select(Decision).where(Decision.verb == "approve")).all()[-1]
    # A colleague of the same street has the seat themselves, so nobody was represented.
    assert (decision.person_id, decision.for_id) == (person(other).id, None)


def test_whoever_lacks_the_role_of_the_place_decides_for_who_is_away(served: str) -> None:
    walk = prepared()
    with unit_of_work() as session:
        stranger = session.exec(select(Person).where(Person.login == "expert-2")).one()
        session.add(
            RoleGrant(
                person_id=stranger.id,
                role=Role.STREET_OFFICER,
                scope=Scope.STREET,
                code="elsewhere",
            )
        )
        session.flush()
    away = f"street-{walk.project.street_code}-1"
    visitor = Visitor(served, "expert-2")
    path = f"/desk/{walk.project.code}/publish-approval-r1"
    visitor.read(path, 403)
    with unit_of_work() as session:
        today = now(session).astimezone(BEIJING).date()
        session.add(
            Delegation(
                from_id=person(away).id,
                to_id=stranger.id,
                starts_on=today,
                ends_on=today,
                reason="出差",
                made_at=now(session),
            )
        )
    assert path in visitor.read("/desk")
    assert visitor.post(f"{path}/decide", verb="approve", dossier_version="1").status_code == 303
    with unit_of_work() as session:
        decision = session.exec(select(Decision).where(Decision.person_id == stranger.id)).one()
    assert decision.for_id == person(away).id
    assert f">代 {person(away).name}<" in visitor.read(path)


def test_nobody_decides_for_who_prepared_it(served: str) -> None:
    walk = prepared()
    community = walk.project.community_code
    first, second = f"secretary-{community}-1", f"secretary-{community}-2"
    Visitor(served, first).post("/account/delegations", to=str(person(second).id), **days(0, 1))
    with unit_of_work() as session:
        policy = bind_policy(session, walk.project, PUBLICATION)
        absent = absent_for(session, person(second).id)
        assert [absence.person_id for absence in absent] == [person(first).id]
        nobody = seats_for(policy, GateKind.APPROVAL, person(second).id, (), absent)
        assert nobody == ([], None)


@pytest.mark.parametrize(("first", "last"), [(1, 3), (-5, -1)])
def test_outside_its_days_it_does_not_count(served: str, first: int, last: int) -> None:
    del served

    with unit_of_work() as session:
        today = now(session).astimezone(BEIJING).date()
        session.add(
            Delegation(
                from_id=person("expert-1").id,
                to_id=person("expert-2").id,
                starts_on=today + timedelta(days=first),
                ends_on=today + timedelta(days=last),
                reason="休假",
                made_at=now(session),
            )
        )
        session.flush()
        assert absent_for(session, person("expert-2").id) == ()


def test_only_colleagues_may_be_asked_and_it_can_be_taken_back(served: str) -> None:
    expert = Visitor(served, "expert-1")
    asked = {"to": str(person("organisation-01").id)} | days(0, 1)
    assert "同一岗位的同事" in expert.post("/account/delegations", **asked).text
    wrong = {"to": str(person("expert-2").id)} | days(3, 1)
    assert "结束日期须不早于" in expert.post("/account/delegations", **wrong).text
    expert.post("/account/delegations", **{"to": str(person("expert-2").id)} | days(0, 1))
    page = expert.read("/account")
    path = page.split('action="/account/delegations/')[1].split('"')[0]
    assert Visitor(served, "expert-2").post(f"/account/delegations/{path}").status_code == 404
    assert expert.post(f"/account/delegations/{path}").status_code == 303
    assert "收回" not in expert.read("/account")
