"""What was delivered stands beside the form of acceptance and assessment, in a real browser."""

import io
from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from api.visitors import COOKIE
from demo.story import actor_of
from domain.calendar import BEIJING
from domain.gates import GateKind
from domain.lifecycle import Stage
from models import Bid, Organisation, Person
from models.session import unit_of_work
from services.award.awards import present_agreement
from services.clock import move_demo_clock
from services.deliver import delivery
from services.deliver.delivery import EvidenceItem, milestones_of
from services.identity.actors import Actor
from services.identity.sessions import begin_session
from services.uploads import Upload, keep_upload
from tests.browsing import carry_axe, chromium, violations
from tests.builders import Walk, accept_milestone, actor, delivering

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("database")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Walk, Actor]:
    """A project whose first milestone is reported on its day with a photo, and its organisation."""
    monkeypatch.setenv("JIEBANG_DATA_DIR", str(tmp_path))
    walk = delivering()
    walk.open(Stage.DELIVER, GateKind.EVENT)
    out = io.BytesIO()
    Image.new("RGB", (1600, 1200), "steelblue").save(out, "JPEG")
    photo = keep_upload(Upload("现场.jpg", out.getvalue()))
    with unit_of_work() as session:
        first = milestones_of(session, walk.project)[0]
        bid = session.get_one(Bid, present_agreement(session, walk.project).bid_id)
        lead = actor_of(session, session.get_one(Organisation, bid.lead_id))
        move_demo_clock(session, to=datetime.combine(first.due_on, time(12), BEIJING))
    with unit_of_work() as session:
        delivery.report_milestone(
            session,
            milestone_id=first.id,
            actor=lead,
            report="入户摸底三百二十户，建立台账。",
            evidence=[
                EvidenceItem(kind="count", name="服务人次", quantity=Decimal(320)),
                EvidenceItem(kind="file", name=photo.name, sha256=photo.sha256),
            ],
        )
    return walk, lead


def shown_to(browser: Browser, served: str, login: str, path: str, width: int = 1400) -> Page:
    with unit_of_work() as session:
        person = session.exec(select(Person).where(Person.login == login)).one()
        token = begin_session(session, person, client="test")
    context = browser.new_context(viewport={"width": width, "height": 900})
    context.add_cookies([{"name": COOKIE, "value": token, "url": served}])
    carry_axe(context)
    page = context.new_page()
    page.goto(served + path)
    assert violations(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return page


def is_drawn(page: Page, *, most: int) -> bool:
    """Tell whether the first photo is there, and small."""
    photo = page.locator(".photos img").first
    photo.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('.photos img').complete")
    return 0 < int(photo.evaluate("photo => photo.naturalWidth")) <= most


def test_a_milestone_is_accepted_in_part_and_what_is_paid_is_said_before(
    browser: Browser, served: str, reported: tuple[Walk, Actor]
) -> None:
    walk, lead = reported
    path = f"/desk/{walk.project.code}/deliver-event-r1"
    page = shown_to(browser, served, f"street-{walk.project.street_code}-1", path)
    assert is_drawn(page, most=480)
    form = page.locator("form[action$='/milestones/1/accept']")
    with unit_of_work() as session:
        amount = milestones_of(session, walk.project)[0].amount
    expect(form).to_contain_text(f"付款 {amount:,.0f} 元")
    form.locator("[name='shares.percent']").first.fill("20")
    form.locator("[value='in_part']").check()
    expect(form.locator("output[data-instalment]")).to_have_text(
        f"本次付款（元） {float(amount) * 0.6:,.10g}"
    )
    form.get_by_role("button", name="提交验收决定").click()
    expect(page.locator("#w-remark-1")).to_have_text("请写明要补充什么，组织会看到。")
    expect(form.locator("[name='shares.percent']").first).to_have_value("20")
    expect(form.locator("[value='in_part']")).to_be_checked()
    form.locator("[name='remark']").fill("签到表缺第三周，请补齐。")
    form.get_by_role("button", name="提交验收决定").click()
    expect(page.locator(".verdict.good[role=status]")).to_contain_text("已部分验收")
    page.context.close()
    page = shown_to(browser, served, lead.login, path, width=390)
    expect(page.locator("main")).to_contain_text("签到表缺第三周，请补齐。")
    expect(page.locator("main")).to_contain_text("部分通过，待补充")
    page.context.close()


def test_a_day_in_doubt_is_asked_about_before_a_report_is_taken(
    browser: Browser, served: str, reported: tuple[Walk, Actor]
) -> None:
    walk, lead = reported
    page = shown_to(browser, served, lead.login, f"/desk/{walk.project.code}/deliver-event-r1")
    form = page.locator("form[action$='/milestones/3/report']")
    expect(form).to_contain_text("比约定期限早两个月以上")
    form.locator("[name='report-3']").fill("提前完成，已移交。")
    form.locator("[name='counts-3.name']").first.fill("服务人次")
    form.locator("[name='counts-3.quantity']").first.fill("280")
    form.get_by_role("button", name="报告完成").click()
    expect(form.locator(".wrong")).to_contain_text("属实请勾选")
    form.locator("[name='dates_checked']").check()
    form.get_by_role("button", name="报告完成").click()
    expect(page.locator(".verdict.good[role=status]")).to_contain_text("等待街道验收")
    page.context.close()


@pytest.mark.parametrize(("lang", "width"), [("", 1400), ("/en", 390)])
def test_what_was_delivered_lies_beside_the_assessment(
    browser: Browser, served: str, reported: tuple[Walk, Actor], lang: str, width: int
) -> None:
    walk, _ = reported
    street = actor(f"street-{walk.project.street_code}-1")
    with unit_of_work() as session:
        for milestone in milestones_of(session, walk.project):
            milestone.reported_at = milestone.reported_at or milestone.due_on  # type: ignore[assignment]
            accept_milestone(session, milestone.id, street)
    walk.through(Stage.DELIVER, GateKind.EVENT)
    walk.do(Stage.DELIVER, "accept", delivery.accept_delivery)
    walk.open(Stage.ASSESS, GateKind.EVENT)
    path = f"{lang}/desk/{walk.project.code}/assess-event-r1"
    page = shown_to(browser, served, "expert-1", path, width)
    expect(page.locator("main")).to_contain_text("入户摸底三百二十户，建立台账。")
    assert is_drawn(page, most=480)
    form = page.locator("form[action*='/assessment/']")
    if width > 1000:
        beside = form.bounding_box()
        evidence = page.locator(".reached").bounding_box()
        assert beside
        assert evidence
        assert beside["x"] > evidence["x"] + evidence["width"]
    else:
        page.evaluate("scrollTo(0, 0)")
        page.get_by_role("link", name="To the form").click()
        expect(form.locator("input.mark").first).to_be_in_viewport()
    total = form.locator("output[data-weighted]")
    marks = form.locator("input[data-weight]")
    marks.nth(0).fill("80")
    expect(total).to_have_text("还差 1 项" if not lang else "marks missing: 1")
    marks.nth(1).fill("90")
    weights = [float(str(marks.nth(n).get_attribute("data-weight"))) for n in range(2)]
    expect(total).to_contain_text(f"{(80 * weights[0] + 90 * weights[1]) / 100:.2f}")
    page.context.close()
