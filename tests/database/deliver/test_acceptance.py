"""Milestones are accepted, accepted in part, sent back; what is accepted is paid, once."""

from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest
from sqlmodel import col, select

from demo.story import actor_of
from domain.calendar import BEIJING
from domain.deliver.acceptance import AcceptanceVerdict, MilestoneState
from domain.errors import BadInput, FieldsWrong, NotPermitted
from models import Bid, Milestone, Organisation, OutboxMessage
from models.session import unit_of_work
from services.award.awards import present_agreement
from services.clock import move_demo_clock, now
from services.conduct.findings import find_late_milestones
from services.deliver import acceptance, amendments, delivery
from services.deliver.acceptance import AcceptanceCreate, AcceptedShare
from services.deliver.amendments import AmendmentCreate, MilestoneChange
from services.deliver.delivery import EvidenceItem, milestones_of
from services.identity.actors import Actor
from services.public.timeline import timeline
from tests.builders import Walk, actor

ACCEPTED, IN_PART, SENT_BACK = AcceptanceVerdict


@pytest.fixture
def walk(in_delivery: Walk) -> Walk:
    return in_delivery


def street(walk: Walk) -> Actor:
    return actor(f"street-{walk.project.street_code}-1")


def supplier(walk: Walk) -> Actor:
    with unit_of_work() as session:
        bid = session.get_one(Bid, present_agreement(session, walk.project).bid_id)
        return actor_of(session, session.get_one(Organisation, bid.lead_id))


def milestone(walk: Walk, number: int = 1) -> Milestone:
    with unit_of_work() as session:
        return milestones_of(session, walk.project)[number - 1]


def report(walk: Walk, number: int = 1) -> None:
    """Report a milestone on its day."""
    row = milestone(walk, number)
    noon = datetime.combine(row.due_on, time(12), BEIJING)
    with unit_of_work() as session:
        move_demo_clock(session, to=max(noon, now(session)))
    with unit_of_work() as session:
        delivery.report_milestone(
            session,
            milestone_id=row.id,
            actor=supplier(walk),
            report="服务已按计划完成。",
            evidence=[EvidenceItem(kind="count", name="服务人次", quantity=Decimal(200))],
        )


def judge(
    walk: Walk,
    verdict: AcceptanceVerdict,
    percent: int = 100,
    *,
    number: int = 1,
    remark: str = "请补齐签到表",
    checked: bool = False,
) -> Milestone:
    with unit_of_work() as session:
        acceptance.decide_milestone(
            session,
            milestone_id=milestone(walk, number).id,
            actor=street(walk),
            acceptance=AcceptanceCreate(
                verdict=verdict,
                shares=[AcceptedShare(name="服务人次", percent=Decimal(percent))],
                remark=remark,
                dates_checked=checked,
            ),
        )
    return milestone(walk, number)


def due() -> list[Decimal]:
    """Return what the street was told to pay, in order."""
    with unit_of_work() as session:
        rows = session.exec(
            select(OutboxMessage)
            .where(OutboxMessage.topic == "instalment.released")
            .order_by(col(OutboxMessage.created_at))
        ).all()
        return [Decimal(row.facts["amount"]) for row in rows]


@pytest.mark.rule("Deliver")
def test_a_part_is_paid_and_the_rest_once_it_was_resubmitted(walk: Walk) -> None:
    report(walk)
    first = judge(walk, IN_PART, 20)
    assert first.state is MilestoneState.IN_PART
    # Two indicators: one accepted by a fifth, one that nobody named in full.
    assert first.accepted_amount == (first.amount * 60 / 100).quantize(Decimal("0.01"))
    assert due() == [first.accepted_amount]
    with pytest.raises(NotPermitted):
        judge(walk, ACCEPTED)
    report(walk)
    last = judge(walk, ACCEPTED)
    assert (last.state, last.accepted_amount) == (MilestoneState.ACCEPTED, last.amount)
    assert sum(due()) == last.amount
    judge(walk, ACCEPTED)
    assert len(due()) == 2


def test_the_second_part_is_final(walk: Walk) -> None:
    report(walk)
    judge(walk, IN_PART, 20)
    report(walk)
    with pytest.raises(FieldsWrong):
        judge(walk, SENT_BACK)
    last = judge(walk, IN_PART, 50)
    assert last.state is MilestoneState.ACCEPTED
    assert sum(due()) == last.accepted_amount == last.amount * 75 / 100


def test_what_is_sent_back_pays_nothing_and_the_organisation_reads_why(walk: Walk) -> None:
    report(walk)
    with pytest.raises(FieldsWrong):
        judge(walk, SENT_BACK, remark="")
    back = judge(walk, SENT_BACK, remark="请补齐签到表和照片")
    assert (back.state, due()) == (MilestoneState.SENT_BACK, [])
    with unit_of_work() as session:
        told = session.exec(
            select(OutboxMessage).where(OutboxMessage.topic == "milestone.returned")
        ).one()
        (line,) = acceptance.acceptances_of(session, [back])[back.id]
        moments = [moment.text.zh for moment in timeline(session, walk.project.code)]
    assert told.facts["milestone"] == 1
    assert (line.verdict, line.remark) == (SENT_BACK, "请补齐签到表和照片")
    assert "第 1 个里程碑退回补充" in moments
    report(walk)
    assert judge(walk, ACCEPTED).state is MilestoneState.ACCEPTED


def test_who_reported_in_time_is_not_late_by_what_was_sent_back(walk: Walk) -> None:
    report(walk)
    with unit_of_work() as session:
        move_demo_clock(session, to=now(session) + timedelta(days=12))
    back = judge(walk, SENT_BACK)
    assert back.resubmit_by is not None
    assert back.resubmit_by > back.due_on + timedelta(days=12)
    with unit_of_work() as session:
        assert find_late_milestones(session) == 0
        move_demo_clock(session, to=datetime.combine(back.resubmit_by, time(12), BEIJING))
    with unit_of_work() as session:
        assert find_late_milestones(session) == 0
        move_demo_clock(session, to=now(session) + timedelta(days=12))
    with unit_of_work() as session:
        assert find_late_milestones(session) == 1


def test_an_indicator_of_another_agreement_is_refused(walk: Walk) -> None:
    report(walk)
    with pytest.raises(FieldsWrong) as refused, unit_of_work() as session:
        acceptance.decide_milestone(
            session,
            milestone_id=milestone(walk).id,
            actor=street(walk),
            acceptance=AcceptanceCreate(
                verdict=IN_PART,
                shares=[AcceptedShare(name="植树棵数", percent=Decimal(50))],
                remark="不符",
            ),
        )
    assert "服务人次" in refused.value.fields["shares"].zh


def test_a_day_in_doubt_is_asked_about_by_both_sides(walk: Walk) -> None:
    row = milestone(walk, 3)
    evidence = [EvidenceItem(kind="count", name="服务人次", quantity=Decimal(200))]
    with unit_of_work() as session:
        assert row.due_on - now(session).date() > timedelta(days=60)

    def early(*, checked: bool) -> None:
        with unit_of_work() as session:
            delivery.report_milestone(
                session,
                milestone_id=row.id,
                actor=supplier(walk),
                report="提前完成。",
                evidence=evidence,
                dates_checked=checked,
            )

    with pytest.raises(FieldsWrong) as refused:
        early(checked=False)
    assert list(refused.value.fields) == ["dates_checked"]
    early(checked=True)
    with pytest.raises(FieldsWrong):
        judge(walk, ACCEPTED, number=3)
    assert judge(walk, ACCEPTED, number=3, checked=True).state is MilestoneState.ACCEPTED
    # The last milestone is paid at the closing.
    assert due() == []


def test_what_was_accepted_in_part_keeps_its_instalment_and_may_get_another_day(
    walk: Walk,
) -> None:
    report(walk)
    judge(walk, IN_PART, 20)
    row = milestone(walk)

    def propose(change: MilestoneChange) -> None:
        with unit_of_work() as session:
            amendments.propose_amendment(
                session,
                project_id=walk.project_id,
                actor=supplier(walk),
                amendment=AmendmentCreate(milestones=[change], reason="需要更多时间补充材料。"),
            )

    with pytest.raises(BadInput):
        propose(MilestoneChange(number=1, amount=row.amount - 1))
    propose(MilestoneChange(number=1, due_on=row.due_on + timedelta(days=20)))


def test_the_same_verdict_again_changes_nothing(walk: Walk) -> None:
    report(walk)
    first = judge(walk, IN_PART, 20)
    assert judge(walk, IN_PART, 20) == first
    with pytest.raises(NotPermitted):
        judge(walk, IN_PART, 30)
    assert len(due()) == 1
