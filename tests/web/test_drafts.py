"""What is typed at a gate is kept: for whom typed it, until it is submitted."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from sqlmodel import select

from api.visitors import COOKIE
from models import Draft
from models.session import unit_of_work
from tests.browsing import chromium
from tests.web.visitor import Visitor
from tests.web.world import World

ANALYSIS = {
    "root_cause": "服务时段与上班时间冲突。",
    "target_group": "双职工家庭",
    "beneficiaries": "80",
    "budget": "60000",
}


def _gate(world: World, name: str, key: str) -> str:
    return f"/desk/{world.projects[name].code}/{key}"


def test_a_draft_is_its_authors_and_is_gone_once_submitted(world: World, served: str) -> None:
    path = _gate(world, "preparing", "evaluate-preparation-r1")
    secretary = Visitor(served, world.people["secretary"])
    answer = secretary.post(f"{path}/draft", root_cause="还没有想好的分析", quiet="1")
    assert answer.json() == {"saved": True}
    assert "还没有想好的分析" in secretary.read(path)
    for who in ("street", "administrator", "operator"):
        assert "还没有想好的分析" not in Visitor(served, world.people[who]).read(path)
    secretary.post(f"{path}/analysis", **ANALYSIS)
    with unit_of_work() as session:
        keys = session.exec(select(Draft.key)).all()
        assert not [one for one in keys if one.startswith("gate:")]


def test_marks_of_one_bid_submitted_leave_the_draft_of_another(world: World, served: str) -> None:
    path = _gate(world, "scoring", "award-event-r1")
    member = Visitor(served, world.people["panel member"])
    member.post(f"{path}/interest", interest="no")
    mine = {f"marks-{world.opened}__plan": "81", "marks-OTHER__plan": "62"}
    member.post(f"{path}/draft", quiet="1", **mine)
    page = member.read(path)
    assert 'value="81"' in page
    criteria = ("plan", "team", "price", "track_record", "understanding")
    marks = {f"marks-{world.opened}__{name}": "80" for name in criteria}
    assert member.post(f"{path}/score/{world.opened}", **marks).status_code == 303
    with unit_of_work() as session:
        rows = session.exec(select(Draft)).all()
        held = next(one for one in rows if one.key.startswith("gate:"))
        assert held.content == {"marks-OTHER.plan": ["62"]}


def test_no_password_is_kept(world: World, served: str) -> None:
    path = _gate(world, "approving", "evaluate-approval-r1")
    street = Visitor(served, world.people["street"])
    street.post(f"{path}/draft", comment="先看看", password="a secret", verb="approve", quiet="1")
    with unit_of_work() as session:
        rows = session.exec(select(Draft)).all()
        held = next(one for one in rows if one.content.get("comment") == ["先看看"])
        assert set(held.content) == {"comment"}


def test_who_has_no_duty_there_keeps_nothing(world: World, served: str) -> None:
    path = _gate(world, "approving", "evaluate-approval-r1")
    other = Visitor(served, world.people["bidder"])
    answer = other.post(f"{path}/draft", comment="x", quiet="1")
    assert answer.status_code == 403
    assert "不由您办理" in answer.json()["error"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as held:
        yield held


@pytest.mark.browser
def test_what_is_typed_is_kept_by_itself(world: World, served: str, browser: Browser) -> None:
    path = _gate(world, "delivering", "deliver-event-r1")
    world.client(served, "supplier").close()
    context = browser.new_context()
    context.add_cookies([{"name": COOKIE, "value": world.cookies["supplier"], "url": served}])
    page = context.new_page()
    page.goto(served + path)
    page.locator("[name='report-1']").fill("正在整理第一个里程碑的材料")
    expect(page.locator("output").first).to_have_text("草稿已自动保存")
    page.reload()
    expect(page.locator("[name='report-1']")).to_have_value("正在整理第一个里程碑的材料")
    context.close()
