"""A project says at which step it stands, with whom, and what comes next."""

import pytest

from domain.gates import GateKind
from domain.lifecycle import Stage
from domain.text import Text
from models.session import unit_of_work
from services.award import awards
from services.deliver import delivery
from services.deliver.delivery import milestones_of
from services.gates.now_with import NowWith, now_with
from tests.builders import Walk, accept_milestone, actor, assessing, delivering, new_project

pytestmark = pytest.mark.usefixtures("database")


def now_of(walk: Walk) -> NowWith:
    with unit_of_work() as session:
        now = now_with(session, walk.project)
    assert now is not None
    return now


def test_an_approval_is_with_its_seats_and_leads_to_the_next_stage() -> None:
    walk = Walk(new_project())
    walk.to_evaluation_approval()
    now = now_of(walk)
    assert [who.zh for who in now.who] == ["街道干部", "专家"]
    assert now.step == Text("评榜审定", "Confirm the appraisal")
    assert now.next_step == Text("发榜 · 拟定榜单", "Draft the call (publish)")


def test_a_period_is_with_nobody_and_leads_to_the_usual_gate() -> None:
    walk = Walk(new_project())
    walk.to_bidding()
    now = now_of(walk)
    assert (now.kind, now.who) == (GateKind.TIMER, ())
    assert now.next_step == Text("共同开标", "Open the bids together")


def test_an_agreement_is_with_the_side_that_has_not_confirmed() -> None:
    walk = Walk(new_project())
    walk.to_agreement()
    assert [who.zh for who in now_of(walk).who] == ["街道干部", "承接组织"]
    with unit_of_work() as session:
        awards.confirm_agreement(
            session,
            project_id=walk.project_id,
            actor=actor(f"street-{walk.project.street_code}-1"),
        )
    assert [who.zh for who in now_of(walk).who] == ["承接组织"]


def test_delivery_is_with_the_street_while_a_report_waits() -> None:
    walk = delivering()
    walk.open(Stage.DELIVER, GateKind.EVENT)
    assert [who.zh for who in now_of(walk).who] == ["承接组织"]
    with unit_of_work() as session:
        first = milestones_of(session, walk.project)[0]
        first.reported_at, first.report = first.due_on, "完成"  # type: ignore[assignment]
    assert [who.zh for who in now_of(walk).who] == ["街道干部"]
    with unit_of_work() as session:
        street = actor(f"street-{walk.project.street_code}-1")
        accept_milestone(session, milestones_of(session, walk.project)[0].id, street)
    assert [who.zh for who in now_of(walk).who] == ["承接组织"]


def test_an_assessment_is_with_the_parties_that_have_not_answered() -> None:
    walk = assessing()
    now = now_of(walk)
    assert [who.zh for who in now.who] == ["街道社区党组织", "居民", "职能部门", "专家"]
    assert now.next_step == Text("确认考榜结果", "Confirm the assessment")


def test_nothing_is_said_between_two_gates() -> None:
    walk = delivering()
    with unit_of_work() as session:
        assert delivery.milestones_of(session, walk.project)
        assert now_with(session, walk.project) is None
