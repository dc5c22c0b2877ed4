"""An agreement's dates change when one side proposes it and the other agrees."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlmodel import select

from demo.story import actor_of
from domain.errors import BadInput, NotFound, NotPermitted
from models import AuditEntry, Bid, Milestone, Organisation, OutboxMessage
from models.session import unit_of_work
from services.award.awards import present_agreement
from services.deliver import amendments
from services.deliver.amendments import AmendmentCreate, AmendmentUpdate, DateChange
from services.deliver.delivery import milestones_of
from services.identity.actors import Actor
from services.public.public_project import read_public_project
from services.public.timeline import timeline
from tests.builders import Walk, actor

Side = Callable[[Walk], Actor]


@pytest.fixture
def walk(in_delivery: Walk) -> Walk:
    return in_delivery


def street(walk: Walk) -> Actor:
    return actor(f"street-{walk.project.street_code}-1")


def supplier(walk: Walk) -> Actor:
    with unit_of_work() as session:
        bid = session.get_one(Bid, present_agreement(session, walk.project).bid_id)
        return actor_of(session, session.get_one(Organisation, bid.lead_id))


def milestones(walk: Walk) -> list[Milestone]:
    with unit_of_work() as session:
        return milestones_of(session, walk.project)


def propose(walk: Walk, who: Actor, days: int = 20, number: int = 1) -> date:
    wanted = milestones(walk)[0].due_on + timedelta(days=days)
    with unit_of_work() as session:
        amendments.propose_amendment(
            session,
            project_id=walk.project_id,
            actor=who,
            amendment=AmendmentCreate(
                milestones=[DateChange(number=number, due_on=wanted)],
                reason="社区活动室正在维修，场地要晚三周。",
            ),
        )
    return wanted


def decide(walk: Walk, who: Actor, *, approved: bool, number: int = 1) -> None:
    with unit_of_work() as session:
        amendments.decide_amendment(
            session,
            project_id=walk.project_id,
            number=number,
            actor=who,
            decision=AmendmentUpdate(approved=approved, answer="情况属实。"),
        )


@pytest.mark.parametrize(("proposes", "decides"), [(supplier, street), (street, supplier)])
def test_what_one_side_proposes_holds_once_the_other_agrees(
    walk: Walk, proposes: Side, decides: Side
) -> None:
    before = milestones(walk)[0].due_on
    wanted = propose(walk, proposes(walk))
    assert milestones(walk)[0].due_on == before
    with pytest.raises(NotPermitted, match="the other side"):
        decide(walk, proposes(walk), approved=True)
    decide(walk, decides(walk), approved=True)
    assert milestones(walk)[0].due_on == wanted
    with unit_of_work() as session:
        topics = [
            one.topic
            for one in session.exec(select(OutboxMessage))
            if one.topic.startswith("amendment")
        ]
        shown = read_public_project(session, walk.project.code).amendments
        said = [one.text.en for one in timeline(session, walk.project)]
    assert sorted(topics) == ["amendment.decided", "amendment.proposed"]
    assert [(one.number, one.reason) for one in shown] == [
        (1, "社区活动室正在维修，场地要晚三周。")
    ]
    assert f"Amendment approved: milestone 1 due on {wanted}" in said


def test_what_is_dismissed_changes_nothing_and_another_may_be_proposed(walk: Walk) -> None:
    before = milestones(walk)[0].due_on
    propose(walk, supplier(walk))
    decide(walk, street(walk), approved=False)
    assert milestones(walk)[0].due_on == before
    with unit_of_work() as session:
        assert read_public_project(session, walk.project.code).amendments == ()
    propose(walk, supplier(walk), days=5)
    with pytest.raises(NotFound):
        decide(walk, street(walk), approved=True, number=1)
    decide(walk, street(walk), approved=True, number=2)


def test_only_one_proposal_waits_at_a_time_and_its_side_may_take_it_back(walk: Walk) -> None:
    propose(walk, supplier(walk))
    with pytest.raises(NotPermitted, match="another amendment"):
        propose(walk, street(walk))
    for who, allowed in ((street(walk), False), (supplier(walk), True)):
        try:
            with unit_of_work() as session:
                amendments.withdraw_amendment(
                    session, project_id=walk.project_id, number=1, actor=who
                )
        except NotPermitted:
            assert not allowed
        else:
            assert allowed
    propose(walk, street(walk))


@pytest.mark.parametrize("days", [0, -400, 300])
def test_the_new_date_is_another_one_to_come_and_not_too_far(walk: Walk, days: int) -> None:
    with pytest.raises(BadInput, match="new date of milestone 1"):
        propose(walk, supplier(walk), days=days)


def test_a_milestone_that_is_not_there_or_is_accepted_keeps_its_date(walk: Walk) -> None:
    with pytest.raises(BadInput, match="not accepted"):
        propose(walk, supplier(walk), number=9)
    wanted = propose(walk, supplier(walk))
    with unit_of_work() as session:
        held = session.get_one(Milestone, milestones(walk)[0].id)
        held.accepted_at = session.exec(select(AuditEntry.happened_at)).first()
    with pytest.raises(NotPermitted, match="accepted by now"):
        decide(walk, street(walk), approved=True)
    assert milestones(walk)[0].due_on != wanted


def test_nobody_else_amends_an_agreement(walk: Walk) -> None:
    for login in ("expert-1", "administrator-1", f"secretary-{walk.project.community_code}-1"):
        with pytest.raises(NotPermitted):
            propose(walk, actor(login))
