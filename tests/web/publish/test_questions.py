"""Questions about a call and its versions, on the project's public page."""

import re

import pytest
from sqlmodel import select

from domain.gates import GateKind, Outcome
from domain.lifecycle import Stage
from models import AuditEntry, Call, CallQuestion
from models.session import unit_of_work
from services.clock import move_demo_clock
from services.publish import calls
from tests.builders import Walk, after, new_project
from tests.web.visitor import Visitor

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def walk() -> Walk:
    made = Walk(new_project())
    made.to_bidding()
    return made


@pytest.mark.rule("Publish 发榜")
def test_a_question_is_asked_and_answered_in_public_without_a_name(walk: Walk, served: str) -> None:
    code = walk.project.code
    asker = Visitor(served, "organisation-01")
    asked = asker.post(f"/projects/{code}/questions", text="场地由谁提供？电话 13812345678")
    assert asked.status_code == 303
    secretary = Visitor(served, f"secretary-{walk.project.community_code}-1")
    assert "场地由谁提供" in secretary.read("/desk")
    page = secretary.read(f"/projects/{code}")
    (path,) = re.findall(r'action="(/projects/[^"]+/questions/[^"]+)"', page)
    assert secretary.post(path, answer="由社区提供。").status_code == 303
    assert secretary.post(path, answer="改口。").status_code == 403
    public = Visitor(served).read(f"/projects/{code}")
    assert "由社区提供" in public
    assert "138****5678" in public
    assert "收到提问" in public
    assert "场地由谁提供" not in secretary.read("/desk")
    with unit_of_work() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "question.asked")).one()
    assert "organisation-01" not in f"{entry.actor}{entry.facts}"


def test_only_organisations_ask_and_only_the_place_answers(walk: Walk, served: str) -> None:
    path = f"/projects/{walk.project.code}/questions"
    assert Visitor(served, "expert-1").post(path, text="可以问吗？").status_code == 403
    asker = Visitor(served, "organisation-01")
    asker.post(path, text="每周几次？")
    with unit_of_work() as session:
        question = session.exec(select(CallQuestion.id)).one()
    for login in ("organisation-01", "administrator-1", "street-370213011-1"):
        answer = Visitor(served, login).post(f"{path}/{question}", answer="两次。")
        assert answer.status_code == 403, login


def test_a_question_after_its_deadline_keeps_what_was_typed(walk: Walk, served: str) -> None:
    with unit_of_work() as session:
        deadline = session.exec(select(Call.question_deadline)).one()
        assert deadline is not None
        move_demo_clock(session, to=deadline)
    late = Visitor(served, "organisation-01").post(
        f"/projects/{walk.project.code}/questions", text="还来得及吗？"
    )
    assert late.status_code == 403
    assert "提问已截止" in late.text


@pytest.mark.rule("Publish 发榜")
def test_what_changed_between_published_versions_is_shown(walk: Walk, served: str) -> None:
    walk.story.no_bids = True
    walk.through(Stage.BID, GateKind.TIMER)
    gate = walk.open(Stage.BID, GateKind.APPROVAL)
    gate.outcome, gate.option = Outcome.APPROVED, "republish"
    walk.do(Stage.BID, "no-bid", after(calls.handle_no_bid, gate))
    walk.through(Stage.PUBLISH, GateKind.PREPARATION)
    with unit_of_work() as session:
        newest = session.exec(select(Call).where(Call.version == 2)).one()
        newest.scope = "每周不少于三次，节假日照常。联系 13812345678。"
        newest.rubric = {"plan": "60", "price": "40"}
        newest.criteria = newest.criteria | {"grade": "3A"}
    gate = walk.through(Stage.PUBLISH, GateKind.APPROVAL)
    walk.do(Stage.PUBLISH, "publish", after(calls.publish_call, gate))
    page = Visitor(served).read(f"/projects/{walk.project.code}")
    assert "榜单的历次版本" in page
    assert "<ins>每周不少于三次" in page
    assert "<del>在社区党群服务中心" in page
    assert "<del>不限</del>" in page
    assert "实施方案 60；价格 40" in page
    english = Visitor(served).read(f"/en/projects/{walk.project.code}")
    assert "<del>any</del>" in english
    for text in (page, english, Visitor(served).read(f"/api/v1/projects/{walk.project.code}")):
        assert "138****5678" in text
        assert "13812345678" not in text
    # Who bids reads the call as it is.
    bidder = Visitor(served, "organisation-01")
    assert "13812345678" in bidder.read(f"/desk/calls/{walk.project.code}/bid")
