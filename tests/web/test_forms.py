"""What holds for every form: nothing that was typed is lost, whatever becomes of it."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import delete
from sqlmodel import col, select
from starlette.routing import Match

from api.form_routes import FormRoute
from api.main import page_routers
from api.pages.needs import open311
from api.visitors import COOKIE
from models import Draft, Need, ParkedForm, Person, WebSession
from models.session import unit_of_work
from services.clock import real_now
from services.identity.demo_people import PASSWORD
from services.parked_forms import park, parked
from tests.browsing import chromium
from tests.clients import http_client
from tests.shell import ROOT
from tests.toy.installed import ALL
from tests.web.visitor import Visitor
from tests.web.world import World

ROUTES = [
    route
    for router in page_routers(ALL)
    if router is not open311.router
    for route in router.routes
    if isinstance(route, APIRoute)
]
FORMS = [route for route in ROUTES if "POST" in (route.methods or ())]
TEMPLATES = sorted((ROOT / "api" / "templates").rglob("*.html"))
# A form, with the choices in it.
FORM = re.compile(
    r"{% call\(f\) form\((.*?)\) %}((?:{% call select.*?{% endcall %}|.)*?){% endcall %}", re.DOTALL
)
LONG = "居民反映的情况如下。" * 20


@pytest.mark.parametrize("route", FORMS, ids=lambda route: route.path)
def test_a_form_stands_on_a_page_on_which_it_is_shown_again(route: APIRoute) -> None:
    assert isinstance(route, FormRoute)
    page = re.sub(r"{\w+}", "00000000-0000-0000-0000-000000000000", route.shown_on)
    assert page
    scope = {"type": "http", "method": "GET", "path": page}
    assert [route for route in ROUTES if route.matches(scope)[0] is Match.FULL]
    # The page is asked for with the parts of the form's own path.
    assert set(re.findall(r"{(\w+)}", route.shown_on)) <= set(re.findall(r"{(\w+)}", route.path))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_form_with_lines_of_text_keeps_a_draft(path: object) -> None:
    text = path.read_text("utf-8")  # type: ignore[attr-defined]
    for arguments, inside in FORM.findall(text):
        if "type='area'" in inside or "<textarea" in inside:
            own = "/draft" in inside
            assert "keeps(" in inside, arguments
            assert own or "drafts=true" in arguments, arguments


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_form_is_made_by_the_one_mechanism(path: object) -> None:
    """A form that is written out is a search, or the way out."""
    text = path.read_text("utf-8")  # type: ignore[attr-defined]
    for tag in re.findall(r"<form.*", text):
        assert 'method="get"' in tag or "/sign-out" in tag or 'action="{{ v.url(path) }}"' in tag


def test_what_was_refused_is_shown_with_what_was_typed_and_why(world: World, served: str) -> None:
    path = f"/projects/{world.projects['delivering'].code}/complaints"
    answer = Visitor(served).post(path, text="短")
    assert answer.status_code == 422
    assert ">短</textarea>" in answer.text
    assert 'role="alert"' in answer.text


@pytest.mark.usefixtures("world")
def test_what_an_earlier_step_began_is_undone(served: str) -> None:
    """A refusal that the page shows again has left nothing in the database."""
    before = needs()
    answer = Visitor(served).post("/report", title="楼道", description="灯坏了", category="none")
    assert answer.status_code == 422
    assert needs() == before


def needs() -> int:
    with unit_of_work() as session:
        return len(session.exec(select(Need.id)).all())


def test_a_line_ends_with_one_character_however_it_was_sent(world: World, served: str) -> None:
    path = f"/projects/{world.projects['delivering'].code}/complaints"
    # 1999 line feeds and letters: a browser sends each line break as two characters.
    text = "\r\n".join("情" * 1000)
    assert len(text) > 2000
    assert Visitor(served).post(path, text=text).status_code == 303


def test_who_has_no_page_for_a_form_reads_what_they_typed(world: World, served: str) -> None:
    """Somebody who may not read a page has sent its form: what they typed is theirs to copy."""
    path = f"/desk/material/{world.projects['notice'].code}"
    answer = Visitor(served, world.people["operator"]).post(path, claim=LONG, proof="短")
    assert answer.status_code == 403
    assert LONG in answer.text
    assert "您填写的内容" in answer.text


def end_sessions(login: str) -> None:
    with unit_of_work() as session:
        person = session.exec(select(Person).where(Person.login == login)).one()
        for row in session.exec(select(WebSession).where(WebSession.person_id == person.id)):
            row.ended_at = real_now(session)


def test_what_is_sent_after_the_session_ended_is_found_after_signing_in(
    world: World, served: str
) -> None:
    path = f"/desk/{world.projects['preparing'].code}/evaluate-preparation-r1"
    login = world.people["secretary"]
    secretary = Visitor(served, login)
    end_sessions(login)
    answer = secretary.post(f"{path}/analysis", root_cause=LONG, target_group="", budget="x")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sign-in?next={path}&done=parked"
    with unit_of_work() as session:
        (row,) = session.exec(select(ParkedForm)).all()
        assert LONG.encode() not in row.sealed

    # Somebody else at the same browser does not find it.
    parked = dict(secretary.client.cookies)
    other = Visitor(served, world.people["administrator"])
    other.client.cookies.set("jiebang_form", parked["jiebang_form"])
    assert LONG not in other.read(path)

    secretary.client.cookies.delete(COOKIE)
    secretary.client.get("/sign-in")
    secretary.post("/sign-in", login=login, password=PASSWORD, next=path)
    page = secretary.read(path)
    assert LONG in page
    assert "登录过期前您填写的内容已经保留" in page
    # Kept as a draft it is no more what was found again.
    secretary.post("/drafts", form=f"{path}/analysis", root_cause=LONG, quiet="1")
    page = secretary.read(path)
    assert LONG in page
    assert "登录过期前" not in page


def test_who_signed_in_anew_in_another_tab_submits_once_more(world: World, served: str) -> None:
    path = f"/desk/{world.projects['preparing'].code}/evaluate-preparation-r1"
    login = world.people["secretary"]
    first, second = Visitor(served, login), Visitor(served, login)
    token = re.search(r'name="csrf" value="(\w+)"', first.read(path))
    assert token
    form = {"csrf": token[1], "root_cause": LONG}
    answer = second.client.post(f"{path}/analysis", data=form)
    assert answer.status_code == 403
    assert LONG in answer.text
    assert "再提交一次" in answer.text
    # The form that is shown has the token that counts.
    shown = re.search(r'name="csrf" value="(\w+)"', answer.text)
    assert shown
    assert shown[1] != token[1]
    again = second.client.post(f"{path}/analysis", data={**form, "csrf": shown[1]})
    assert again.status_code == 422


def test_another_site_shows_nothing_of_its_own_in_our_forms(world: World, served: str) -> None:
    path = f"/projects/{world.projects['delivering'].code}/complaints"
    visitor = Visitor(served)
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ):
        answer = visitor.client.post(path, data={"csrf": "0" * 64, "text": LONG}, headers=headers)
        assert answer.status_code == 403
        assert LONG not in answer.text
        assert "set-cookie" not in answer.headers
    # Nor does it park anything that the victim would find.
    gate = f"/desk/{world.projects['preparing'].code}/evaluate-preparation-r1/analysis"
    with http_client(base_url=served, headers={"Origin": "https://elsewhere.example"}) as other:
        answer = other.post(gate, data={"csrf": "0" * 64, "root_cause": LONG})
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers


def test_who_signs_out_leaves_nothing_to_who_comes_next(world: World, served: str) -> None:
    """At a shared computer a resident's draft is not kept for the official who was there before."""
    login = world.people["secretary"]
    path = f"/projects/{world.projects['delivering'].code}/complaints"
    here = Visitor(served, login)
    before = here.client.cookies[COOKIE]
    after = here.post("/sign-out").cookies[COOKIE]
    assert after != before
    here.client.cookies.clear()
    here.client.cookies.set(COOKIE, after)
    here.post("/drafts", form=path, text=LONG, quiet="1")
    assert LONG in here.read(path)
    known = here.client.cookies["jiebang_form"]
    here = Visitor(served, login)
    here.client.cookies.set("jiebang_form", known)
    here.post("/drafts", form=path, text="秘书自己写的投诉内容", quiet="1")
    with unit_of_work() as session:
        assert not [key for key in session.exec(select(Draft.key)) if key.endswith("/complaints")]


def test_a_code_that_is_no_secret_goes_on_after_the_password(world: World, served: str) -> None:
    administrator = Visitor(served, world.people["administrator"])
    with unit_of_work() as session:
        for row in session.exec(select(WebSession)):
            row.proved_at = row.began_at = row.began_at - timedelta(hours=2)
    form = {"code": "R9", "name": "第九轮", "starts_on": "2027-07-01"}
    asked = administrator.post("/admin/rounds", **form)
    assert asked.status_code == 403
    assert 'name="code" value="R9"' in asked.text


def test_similar_needs_are_shown_and_what_was_typed_is_not_forgotten(
    world: World, served: str
) -> None:
    need = {"title": "楼道照明坏了", "description": LONG, "category": "property"}
    place = world.projects["bidding"].community_code
    Visitor(served).post("/report", community=place, new="1", **need)
    resident = Visitor(served)
    resident.post("/drafts", form="/report", quiet="1", community=place, **need)
    shown = resident.post("/report", community=place, **need)
    assert shown.status_code == 200
    assert LONG in shown.text
    assert LONG in resident.read("/report")


def test_who_tries_too_often_reads_when_to_try_again(world: World, served: str) -> None:
    path = f"/projects/{world.projects['delivering'].code}/complaints"
    visitor = Visitor(served)
    answers = [visitor.post(path, text="短") for _ in range(61)]
    assert answers[-1].status_code == 429
    assert answers[-1].headers["Retry-After"] == "60"
    assert ">短</textarea>" in answers[-1].text


def test_a_draft_that_is_refused_is_shown_in_its_form(world: World, served: str) -> None:
    path = f"/projects/{world.projects['delivering'].code}/complaints"
    visitor = Visitor(served)
    answer = visitor.client.post("/drafts", data={"csrf": "0" * 64, "form": path, "text": LONG})
    assert answer.status_code == 403
    assert f">{LONG}</textarea>" in answer.text


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


def signed_in(world: World, served: str, browser: Browser, role: str) -> BrowserContext:
    world.client(served, role).close()
    context = browser.new_context()
    context.add_cookies([{"name": COOKIE, "value": world.cookies[role], "url": served}])
    return context


def send(page: Page, form: str, button: str) -> None:
    page.locator(f"form[action$='{form}']").get_by_role("button", name=button, exact=True).click()


@pytest.mark.browser
def test_in_a_browser_the_session_ends_and_nothing_is_lost(
    world: World, served: str, browser: Browser
) -> None:
    path = f"/desk/{world.projects['preparing'].code}/evaluate-preparation-r1"
    login = world.people["secretary"]
    context = signed_in(world, served, browser, "secretary")
    page = context.new_page()
    page.goto(served + path)
    for name, value in {"root_cause": LONG, "target_group": "双职工家庭"}.items():
        page.locator(f"[name='{name}']").fill(value)
    page.locator("[name='beneficiaries']").fill("80")
    page.locator("[name='budget']").fill("60000")
    end_sessions(login)
    send(page, "/analysis", "提交评榜")
    expect(page).to_have_url(re.compile("/sign-in"))
    expect(page.locator(".verdict.good")).to_contain_text("已经保留")
    page.locator("[name='login']").first.fill(login)
    page.locator("[name='password']").first.fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).first.click()
    expect(page.locator("[name='root_cause']")).to_have_value(LONG)
    expect(page.locator("[name='budget']")).to_have_value("60000")
    send(page, "/analysis", "提交评榜")
    expect(page.locator(".verdict.good")).to_be_visible()
    world.cookies.pop("secretary", None)
    context.close()


@pytest.mark.browser
def test_in_a_browser_without_cookies_it_says_once_that_they_are_needed(
    world: World, served: str, browser: Browser
) -> None:
    path = f"/projects/{world.projects['delivering'].code}/complaints"
    context = browser.new_context()
    page = context.new_page()
    page.goto(served + path)
    page.locator("[name='text']").fill(LONG)
    context.clear_cookies()
    send(page, "/complaints", "提交投诉")
    expect(page.locator("#problem")).to_contain_text("允许本站使用 Cookie")
    expect(page.locator("[name='text']")).to_have_value(LONG)
    # Allowed again, it goes through.
    send(page, "/complaints", "提交投诉")
    expect(page.locator(".verdict.good")).to_be_visible()
    context.close()


@pytest.mark.browser
def test_in_a_browser_a_text_of_the_length_that_the_field_allows_is_accepted(
    world: World, served: str, browser: Browser
) -> None:
    path = f"/projects/{world.projects['delivering'].code}/complaints"
    page = browser.new_page()
    page.goto(served + path)
    field = page.locator("[name='text']")
    most = int(str(field.get_attribute("maxlength")))
    field.fill("\n".join(["很长的一行"] * (most // 6)))
    send(page, "/complaints", "提交投诉")
    expect(page.locator(".verdict.good")).to_be_visible()
    page.close()


def test_no_form_is_parked_for_longer_than_an_hour(world: World, served: str) -> None:
    path = f"/projects/{world.projects['delivering'].code}/complaints"
    visitor = Visitor(served)
    visitor.post("/drafts", form=path, text=LONG, quiet="1")
    with unit_of_work() as session:
        row = session.exec(select(ParkedForm).order_by(col(ParkedForm.ends_at).desc())).first()
        assert row is not None
        row.ends_at = real_now(session)
    assert LONG not in visitor.read(path)


def test_what_is_sent_after_signing_out_elsewhere_is_found_by_nobody_else(
    world: World, served: str
) -> None:
    """In another tab the person has signed out: whose the form is cannot be told any more."""
    path = f"/desk/{world.projects['preparing'].code}/evaluate-preparation-r1"
    guest = Visitor(served)
    with unit_of_work() as session:
        session.execute(delete(ParkedForm))
    form = {"csrf": "0" * 64, "root_cause": LONG}
    answer = guest.client.post(f"{path}/analysis", data=form)
    assert answer.status_code == 401
    assert LONG in answer.text
    quiet = guest.client.post(f"{path}/analysis", data={**form, "quiet": "1"})
    assert quiet.status_code == 401
    assert quiet.json()["error"]
    with unit_of_work() as session:
        assert session.exec(select(ParkedForm)).all() == []


def test_of_many_browsers_each_keeps_its_own(world: World, served: str) -> None:
    with unit_of_work() as session:
        for number in range(25):
            park(session, browser="one", path=f"/{number}", values={"a": ["b"]}, person_id=None)
        park(session, browser="two", path="/0", values={"a": ["theirs"]}, person_id=None)
    with unit_of_work() as session:
        kept = [
            number
            for number in range(25)
            if parked(session, browser="one", path=f"/{number}", person_id=None)
        ]
        assert len(kept) == 20
        assert parked(session, browser="two", path="/0", person_id=None) == {"a": ["theirs"]}
        session.execute(delete(ParkedForm))
    assert world
    assert served


@pytest.mark.parametrize("origin", ["http://[", "https://example.org", ""])
def test_a_strange_origin_is_only_a_stranger(world: World, served: str, origin: str) -> None:
    path = f"/projects/{world.projects['delivering'].code}/complaints"
    form = {"csrf": "0" * 64, "text": LONG}
    answer = Visitor(served).client.post(path, data=form, headers={"Origin": origin})
    assert answer.status_code == 403
    assert LONG not in answer.text


def test_a_script_reads_why_a_guard_refuses(world: World, served: str) -> None:
    """Somebody of no organisation saves a bid's draft by script: the answer is no page."""
    path = f"/desk/calls/{world.projects['bidding'].code}/bid/draft"
    answer = Visitor(served, world.people["street"]).post(path, plan=LONG, quiet="1")
    assert answer.status_code == 403
    assert "组织" in answer.json()["error"]
