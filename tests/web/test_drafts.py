"""What is typed in any form and not sent yet is kept: for who typed it, until it is submitted."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from sqlmodel import col, select

from api.visitors import COOKIE
from models import Draft, ParkedForm
from models.session import unit_of_work
from services.drafts import drop_draft, form_draft, gate_draft, save_draft
from services.gates.gate_page import find_gate_keyed
from tests.browsing import chromium
from tests.builders import actor
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


def keep(visitor: Visitor, form: str, **values: str) -> str:
    """Keep a form as the script of its page does; return when it was kept."""
    answer = visitor.post("/drafts", form=form, quiet="1", **values)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["saved"])


def drafts() -> dict[str, dict[str, list[str]]]:
    with unit_of_work() as session:
        rows = session.exec(select(Draft).where(col(Draft.key).startswith("form:"))).all()
        return {row.key.split(":", 2)[2]: row.content for row in rows}


def test_a_draft_is_its_authors_and_is_gone_once_submitted(world: World, served: str) -> None:
    path = _gate(world, "preparing", "evaluate-preparation-r1")
    secretary = Visitor(served, world.people["secretary"])
    kept_at = keep(secretary, f"{path}/analysis", root_cause="还没有想好的分析")
    assert len(kept_at) == len("14:05")
    page = secretary.read(path)
    assert "还没有想好的分析" in page
    assert "草稿保存于" in page
    for who in ("street", "administrator", "operator"):
        assert "还没有想好的分析" not in Visitor(served, world.people[who]).read(path)
    assert secretary.post(f"{path}/analysis", **ANALYSIS).status_code == 303
    assert f"{path}/analysis" not in drafts()


def test_forms_of_one_page_are_kept_and_refused_apart(world: World, served: str) -> None:
    """A refusal of one bid's marks neither hides nor forgets what was kept for the other."""
    path = _gate(world, "scoring", "award-event-r1")
    member = Visitor(served, world.people["panel member"])
    member.post(f"{path}/interest", interest="no")
    opened, other = f"{path}/score/{world.opened}", f"{path}/score/OTHER"
    keep(member, opened, **{f"marks-{world.opened}__plan": "81"})
    keep(member, other, **{"marks-OTHER__plan": "62"})
    assert 'value="81"' in member.read(path)
    refused = member.post(opened, **{f"marks-{world.opened}__plan": "181"})
    assert refused.status_code == 422
    assert 'value="181"' in refused.text
    assert drafts()[other] == {"marks-OTHER.plan": ["62"]}
    criteria = ("plan", "team", "price", "track_record", "understanding")
    marks = {f"marks-{world.opened}__{name}": "80" for name in criteria}
    assert member.post(opened, **marks).status_code == 303
    kept = drafts()
    assert opened not in kept
    assert kept[other] == {"marks-OTHER.plan": ["62"]}


def test_no_password_is_kept(world: World, served: str) -> None:
    path = _gate(world, "approving", "evaluate-approval-r1") + "/decide"
    street = Visitor(served, world.people["street"])
    keep(street, path, comment="先看看", password="a secret", passphrase="another")
    assert drafts()[path] == {"comment": ["先看看"]}


def test_what_is_no_form_is_not_kept(world: World, served: str) -> None:
    street = Visitor(served, world.people["street"])
    for path in ("/nowhere", "/desk", "https://example.org/", ""):
        answer = street.post("/drafts", form=path, quiet="1", comment="x")
        assert answer.status_code == 404
        assert answer.json()["error"]


def test_what_is_too_long_is_not_kept_and_says_so(world: World, served: str) -> None:
    path = _gate(world, "approving", "evaluate-approval-r1") + "/decide"
    street = Visitor(served, world.people["street"])
    answer = street.post("/drafts", form=path, quiet="1", one="x" * 120_000, two="y" * 80_001)
    assert answer.status_code == 422
    assert "太长" in answer.json()["error"]


def test_a_draft_of_an_earlier_release_is_still_in_its_form(world: World, served: str) -> None:
    path = _gate(world, "approving", "evaluate-approval-r1")
    login = world.people["street"]
    with unit_of_work() as session:
        gate = find_gate_keyed(session, *path.split("/")[2:])[1]
        person = actor(login)
        key = gate_draft(gate.id, person.person_id)
        drop_draft(session, form_draft(person.person_id, f"{path}/decide"))
        save_draft(session, key=key, values={"comment": ["从前写下的意见"]}, actor=person)
    assert "从前写下的意见" in Visitor(served, login).read(path)


def test_a_resident_without_an_account_finds_it_again_at_the_same_browser_alone(
    world: World, served: str
) -> None:
    path = f"/projects/{world.projects['delivering'].code}/complaints"
    resident, another = Visitor(served), Visitor(served)
    for text in ("已经写了", "已经写了一半的投诉内容"):
        keep(resident, path, text=text)
    assert "已经写了一半的投诉内容" in resident.read(path)
    assert "已经写了一半的投诉内容" not in another.read(path)
    with unit_of_work() as session:
        (row,) = session.exec(select(ParkedForm)).all()
        assert "投诉".encode() not in row.sealed
        assert path not in (row.browser, row.path)
    assert resident.post(path, text="已经写了一半的投诉内容，现在写完了。").status_code == 303
    with unit_of_work() as session:
        assert session.exec(select(ParkedForm)).all() == []


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as chrome:
        yield chrome


@pytest.mark.browser
def test_what_is_typed_is_kept_by_itself(world: World, served: str, browser: Browser) -> None:
    path = _gate(world, "delivering", "deliver-event-r1")
    world.client(served, "supplier").close()
    context = browser.new_context()
    context.add_cookies([{"name": COOKIE, "value": world.cookies["supplier"], "url": served}])
    page = context.new_page()
    page.goto(served + path)
    page.locator("[name='report-1']").fill("正在整理第一个里程碑的材料")
    expect(page.locator("output").first).to_contain_text("草稿已保存于")
    page.reload()
    expect(page.locator("[name='report-1']")).to_have_value("正在整理第一个里程碑的材料")
    context.close()
