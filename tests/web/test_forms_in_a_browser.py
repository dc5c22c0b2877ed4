"""Forms in a real browser: nothing that was typed is hidden, overwritten or lost without a word."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlmodel import col, select

from domain.identity.roles import Role
from models import Organisation, PanelMember, Person
from models.session import unit_of_work
from services.identity.demo_people import PASSWORD
from services.identity.people import add_person
from services.publish.questions import QuestionCreate, ask_question
from tests.browsing import chromium, follow
from tests.builders import Walk, actor, new_project
from tests.web.visitor import Visitor

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.browser]
KEPT = "草稿已保存于"
LONG = "居民反映的情况如下。" * 20


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def walk() -> Walk:
    return Walk(new_project())


@contextmanager
def pages(browser: Browser, visitor: Visitor) -> Iterator[Page]:
    """Give a page of a browser that goes on with somebody's cookies."""
    context = browser.new_context(locale="zh-CN")
    base = str(visitor.client.base_url)
    context.add_cookies(
        [
            {"name": cookie.name, "value": str(cookie.value), "url": base}
            for cookie in visitor.client.cookies.jar
        ]
    )
    yield context.new_page()
    context.close()


def form(page: Page, ends: str) -> Locator:
    return page.locator(f"form[action$='{ends}']")


def press(place: Locator, button: str) -> None:
    """Press a button, whatever the browser itself would say about the fields."""
    place.evaluate("form => form.noValidate = true")
    follow(place.page, place.get_by_role("button", name=button, exact=True))


def test_a_refusal_of_one_bids_marks_leaves_alone_what_was_kept_of_the_other(
    walk: Walk, served: str, browser: Browser
) -> None:
    walk.to_scoring()
    with unit_of_work() as session:
        member, login = session.exec(
            select(PanelMember, Person.login)
            .join(Person, col(Person.id) == PanelMember.person_id)
            .where(PanelMember.project_id == walk.project_id)
            .order_by(col(Person.login))
        ).first() or pytest.fail("there is no panel")
        assert member.declared_at is None
    visitor = Visitor(served, login)
    path = f"/desk/{walk.project.code}/award-event-r1"
    visitor.post(f"{path}/interest", interest="no")
    with pages(browser, visitor) as page:
        page.goto(f"{served}{path}")
        forms = page.locator("form[action*='/score/']")
        first, second = (forms.nth(number) for number in (0, 1))
        first.locator("textarea").fill("方案具体，人员到位。")
        expect(first.locator("output[data-autosave]")).to_contain_text(KEPT)
        second.locator("input[name*='plan']").fill("181")
        press(second, "提交评分")
        expect(second.locator("input[name*='plan']")).to_have_value("181")
        expect(second.locator("[aria-invalid='true']").first).to_be_visible()
        expect(first.locator("textarea")).to_have_value("方案具体，人员到位。")
        # What is saved by itself now is of its own form.
        first.locator("input[name*='team']").fill("77")
        expect(first.locator("output[data-autosave]")).to_contain_text(KEPT)
        page.goto(f"{served}{path}")
        expect(first.locator("textarea")).to_have_value("方案具体，人员到位。")
        expect(first.locator("input[name*='team']")).to_have_value("77")
        expect(second.locator("input[name*='team']")).to_have_value("")


def test_an_answer_that_is_refused_stands_under_its_own_question(
    walk: Walk, served: str, browser: Browser
) -> None:
    walk.to_bidding()
    code = walk.project.code
    for text in ("场地由谁提供？", "每周要上门几次？"):
        with unit_of_work() as session:
            who = actor("organisation-01")
            ask_question(session, code=code, actor=who, question=QuestionCreate(text=text))
    visitor = Visitor(served, f"secretary-{walk.project.community_code}-1")
    with pages(browser, visitor) as page:
        page.goto(f"{served}/projects/{code}")
        answers = page.locator("form[action*='/questions/']")
        expect(answers).to_have_count(2)
        first, second = (answers.nth(number) for number in (0, 1))
        first.locator("textarea").fill("好")
        press(first, "答复")
        expect(first.locator("textarea")).to_have_value("好")
        expect(first.locator("[aria-invalid='true']")).to_be_visible()
        expect(second.locator("textarea")).to_have_value("")
        expect(second.locator("[aria-invalid='true']")).to_have_count(0)


def test_a_form_of_before_a_sign_in_in_another_tab_is_sent_once_more(
    walk: Walk, served: str, browser: Browser
) -> None:
    walk.to_bidding()
    path = f"/projects/{walk.project.code}"
    with pages(browser, Visitor(served, "organisation-01")) as page:
        page.goto(f"{served}{path}")
        form(page, "/questions").locator("textarea").fill(LONG)
        other = page.context.new_page()
        other.goto(f"{served}/desk")
        follow(other, other.get_by_role("button", name="退出", exact=True))
        other.goto(f"{served}/sign-in")
        other.locator("[name='login']").first.fill("organisation-01")
        other.locator("[name='password']").first.fill(PASSWORD)
        follow(other, other.get_by_role("button", name="登录", exact=True).first)
        press(form(page, "/questions"), "公开提问")
        expect(form(page, "/questions").locator("textarea")).to_have_value(LONG)
        expect(page.locator("#problem")).to_contain_text("再提交一次")
        press(form(page, "/questions"), "公开提问")
        expect(page.locator(".verdict.good")).to_be_visible()


def test_a_form_says_that_keeping_failed_and_why(walk: Walk, served: str, browser: Browser) -> None:
    walk.to_bidding()
    visitor = Visitor(served, "organisation-01")
    with pages(browser, visitor) as page:
        page.goto(f"{served}/projects/{walk.project.code}")
        asked = form(page, "/questions")
        page.context.set_offline(offline=True)
        asked.locator("textarea").fill("没有网络时写下的问题")
        expect(asked.locator("output")).to_contain_text("草稿未能保存")
        page.context.set_offline(offline=False)
        asked.locator("textarea").fill("网络恢复之后写下的问题")
        expect(asked.locator("output")).to_contain_text(KEPT)
        page.context.clear_cookies()
        asked.locator("textarea").fill("不让存 Cookie 时写下的问题")
        expect(asked.locator("output")).to_contain_text("Cookie")
        expect(asked.locator("textarea")).to_have_value("不让存 Cookie 时写下的问题")


def test_the_later_of_two_at_one_sealed_draft_sees_who_wrote_what_and_chooses(
    walk: Walk, served: str, browser: Browser
) -> None:
    walk.to_bidding()
    path = f"/desk/calls/{walk.project.code}/bid"
    with unit_of_work() as session:
        person = session.get_one(Person, actor("organisation-01").person_id)
        own = session.get_one(Organisation, person.organisation_id)
        role = Role.ORGANISATION_MEMBER
        add_person(session, login="second-01", name="陈乙", role=role, where=own.name, actor="test")
    both = Visitor(served, "organisation-01"), Visitor(served, "second-01")
    for visitor in both:
        visitor.unseal(walk.project.code)
    mine, theirs = "甲写的方案：每周上门两次。", "乙写的方案：每周上门三次。"
    with pages(browser, both[0]) as first, pages(browser, both[1]) as second:
        for page in (first, second):
            page.goto(f"{served}{path}")
        second.locator("[name='plan']").fill(theirs)
        expect(form(second, "/submit").locator("output")).to_contain_text(KEPT)
        first.locator("[name='plan']").fill(mine)
        # By itself nothing is overwritten, and it says whose work would be.
        expect(form(first, "/submit").locator("output")).to_contain_text("陈乙")
        press(form(first, "/submit"), "保存草稿")
        expect(first.locator("[name='plan']")).to_have_value(mine)
        expect(first.locator("#differs")).to_contain_text(theirs)
        second.reload()
        expect(second.locator("[name='plan']")).to_have_value(theirs)
        # Both were read: pressed again, the own text counts.
        press(form(first, "/submit"), "保存草稿")
        second.reload()
        expect(second.locator("[name='plan']")).to_have_value(mine)
    assert re.search(mine, both[1].read(path))
