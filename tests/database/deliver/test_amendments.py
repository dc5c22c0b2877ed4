"""An agreement's dates change when one side proposes it and the other agrees."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from demo.story import actor_of
from domain.deliver.amendments import What, shares_of
from domain.errors import BadInput, NotFound, NotPermitted
from models import (
    Agreement,
    AuditEntry,
    Bid,
    Call,
    Milestone,
    Organisation,
    OutboxMessage,
    RoundSettings,
)
from models.session import unit_of_work
from services.award.awards import present_agreement
from services.deliver import amendments
from services.deliver.amendments import (
    AmendmentCreate,
    AmendmentUpdate,
    MilestoneChange,
    TargetChange,
)
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
                milestones=[MilestoneChange(number=number, due_on=wanted)],
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


@pytest.mark.rule("Deliver")
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
            outbox_message.topic
            for outbox_message in session.exec(select(OutboxMessage))
            if outbox_message.topic.startswith("amendment")
        ]
        shown = read_public_project(session, walk.project.code).amendments
        texts = [moment.text.en for moment in timeline(session, walk.project.code)]
    assert sorted(topics) == ["amendment.decided", "amendment.proposed"]
    assert [(amendment.number, amendment.reason) for amendment in shown] == [
        (1, "社区活动室正在维修，场地要晚三周。")
    ]
    assert f"Amendment approved: milestone 1 due on {wanted}" in texts


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
        milestone = session.get_one(Milestone, milestones(walk)[0].id)
        milestone.accepted_at = session.exec(select(AuditEntry.happened_at)).first()
    with pytest.raises(NotPermitted, match="accepted by now"):
        decide(walk, street(walk), approved=True)
    assert milestones(walk)[0].due_on != wanted


def test_nobody_else_amends_an_agreement(walk: Walk) -> None:
    for login in ("expert-1", "administrator-1", f"secretary-{walk.project.community_code}-1"):
        with pytest.raises(NotPermitted):
            propose(walk, actor(login))


def change(
    walk: Walk,
    amounts: dict[int, str] | None = None,
    targets: dict[int, str] | None = None,
) -> None:
    """Propose other instalments and targets, as the supplier."""
    with unit_of_work() as session:
        amendments.propose_amendment(
            session,
            project_id=walk.project_id,
            actor=supplier(walk),
            amendment=AmendmentCreate(
                milestones=[
                    MilestoneChange(number=number, amount=Decimal(amount))
                    for number, amount in (amounts or {}).items()
                ],
                indicators=[
                    TargetChange(number=number, target=Decimal(target))
                    for number, target in (targets or {}).items()
                ],
                reason="居民增加，场次相应增加。",
            ),
        )


def agreement(walk: Walk) -> Agreement:
    with unit_of_work() as session:
        return present_agreement(session, walk.project)


@pytest.mark.rule("Deliver")
def test_instalments_and_targets_change_and_the_sum_and_shares_still_add_up(walk: Walk) -> None:
    before = agreement(walk)
    first = milestones(walk)[0]
    more = before.amount / 20
    with unit_of_work() as session:
        session.exec(select(Call)).one().ceiling = before.amount * 2
    change(walk, {first.number: f"{first.amount + more:.2f}"}, {1: "720"})
    assert agreement(walk) == before
    decide(walk, street(walk), approved=True)
    amended, parts = agreement(walk), milestones(walk)
    assert amended.amount == before.amount + more == sum(part.amount for part in parts)
    assert sum(part.share for part in parts) == 100
    assert amended.indicators[0]["target"] == "720"
    assert amended.indicators[1:] == before.indicators[1:]
    with unit_of_work() as session:
        texts = [moment.text.en for moment in timeline(session, walk.project.code)]
        project = read_public_project(session, walk.project.code)
    assert [(change.what, change.number) for change in project.amendments[0].changes] == [
        (What.AMOUNT, first.number),
        (What.TARGET, 1),
    ]
    assert any("indicator 1 aims at 720" in text for text in texts)
    assert project.award is not None
    assert project.award.price == before.amount


@pytest.mark.rule("Deliver")
def test_a_sum_grows_by_a_tenth_at_most(walk: Walk) -> None:
    first, total = milestones(walk)[0], agreement(walk).amount
    with unit_of_work() as session:
        session.exec(select(Call)).one().ceiling = total * 2
    most = first.amount + total / 10
    with pytest.raises(BadInput, match="may grow by 10"):
        change(walk, {first.number: f"{most + 1:.2f}"})
    change(walk, {first.number: f"{most:.2f}"})


def test_a_sum_keeps_the_ceiling_and_what_a_second_approval_is_for(walk: Walk) -> None:
    first, total = milestones(walk)[0], agreement(walk).amount
    wanted = {first.number: f"{first.amount + total / 20:.2f}"}
    with unit_of_work() as session:
        session.exec(select(Call)).one().ceiling = total
    with pytest.raises(BadInput, match="exceeds the ceiling"):
        change(walk, wanted)
    with unit_of_work() as session:
        session.exec(select(Call)).one().ceiling = total * 2
        versions = session.exec(select(RoundSettings)).all()
        for version in versions:
            version.settings = version.settings | {"second_approval_above": str(total)}
    with pytest.raises(BadInput, match="second approval"):
        change(walk, wanted)


def test_what_changes_nothing_or_names_no_indicator_is_refused(walk: Walk) -> None:
    first = milestones(walk)[0]
    with pytest.raises(BadInput, match="one thing"):
        change(walk, {first.number: str(first.amount)})
    with pytest.raises(BadInput, match="agreement's indicators"):
        change(walk, targets={99: "5"})
    with pytest.raises(BadInput, match="one thing"):
        change(walk)


@given(st.lists(st.decimals(min_value="0.01", max_value=10**7, places=2), min_size=1, max_size=12))
def test_shares_are_a_hundred_exactly_whatever_the_amounts(amounts: list[Decimal]) -> None:
    shares = shares_of(amounts)
    assert sum(shares) == 100
    assert min(shares) >= 0
