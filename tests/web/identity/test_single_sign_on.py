"""The district's single sign-on: a real provider process, a real browser."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page
from sqlmodel import select

from api.visitors import COOKIE, csrf_token
from domain.identity.access import TokenScope
from models import AuditEntry, Identity, Panel, Person, SsoAttempt, WebSession
from models.session import unit_of_work
from services.clock import real_now
from services.identity.access_tokens import AccessTokenCreate, find_bearer, make_token
from services.identity.credentials import accept_invitation, invite
from services.identity.demo_people import PASSWORD
from services.identity.sessions import find_visitor
from tests.browsing import chromium, follow, violations
from tests.builders import Walk, actor, new_project
from tests.web.visitor import Visitor
from tests.web.world import World
from worker.addresses import free_port

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("world")]


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """An OpenID Connect provider on loopback, in a process of its own."""
    port = free_port(0)
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "oidc_provider_mock",
            "--port",
            str(port),
            "--require-nonce",
            "true",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"},
    )
    issuer = f"http://127.0.0.1:{port}"
    assert process.stderr is not None
    # It says so once it listens.
    for line in process.stderr:
        if b"running on" in line.lower():
            break
    yield issuer
    process.terminate()
    process.wait()
    process.stderr.close()


@pytest.fixture(autouse=True)
def _set_up(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIEBANG_OIDC_ISSUER", provider)
    monkeypatch.setenv("JIEBANG_OIDC_CLIENT_ID", "jiebang")
    monkeypatch.setenv("JIEBANG_OIDC_CLIENT_SECRET", "a-secret-of-the-test")
    monkeypatch.setenv("JIEBANG_OIDC_NAME", "李沧政务")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as chrome:
        yield chrome


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def _authorize(page: Page, subject: str) -> None:
    page.locator("input[name=sub]").fill(subject)
    follow(page, page.get_by_role("button", name="Authorize", exact=True))


def _sign_in_by_password(page: Page, served: str, login: str) -> None:
    page.goto(f"{served}/sign-in")
    page.fill("#f-login", login)
    page.fill("#f-password", PASSWORD)
    page.locator("form[action='/sign-in'] button.primary").click()
    page.wait_for_url("**/desk**")


def _link(page: Page, served: str, login: str, subject: str) -> None:
    _sign_in_by_password(page, served, login)
    page.goto(f"{served}/account")
    form = page.locator("form[action$='/sso/link']")
    form.locator("input[type=password]").fill(PASSWORD)
    follow(page, form.locator("button"))
    assert violations(page) == []
    page.get_by_role("link", name="继续").click()
    _authorize(page, subject)


def test_an_unknown_identity_is_told_what_to_do(served: str, page: Page) -> None:
    page.goto(f"{served}/sign-in")
    page.get_by_role("link", name="使用李沧政务登录").click()
    _authorize(page, "nobody-here")
    assert "还没有关联到平台账号" in page.inner_text("main")
    with unit_of_work() as session:
        assert session.exec(select(SsoAttempt)).all() == []


def test_who_has_linked_an_identity_signs_in_with_it(world: World, served: str, page: Page) -> None:
    login = world.people["street"]
    _link(page, served, login, "street-subject")
    assert page.url.endswith("/account?done=linked")
    assert "已关联" in page.inner_text("main")
    follow(page, page.get_by_role("button", name="退出"))
    page.goto(f"{served}/en/sign-in?next=/desk/projects")
    page.get_by_role("link", name="Sign in with 李沧政务").click()
    _authorize(page, "street-subject")
    assert page.url == f"{served}/en/desk/projects?done=signed-in"
    with unit_of_work() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "identity.linked")).one()
        assert (entry.actor, entry.subject) == (login, login)


def test_an_identity_is_one_persons(world: World, served: str, page: Page) -> None:
    _link(page, served, world.people["expert"], "street-subject")
    assert "已关联到另一个账号" in page.inner_text("main")
    with unit_of_work() as session:
        identity = session.exec(select(Identity).where(Identity.subject == "street-subject")).one()
        assert session.get_one(Person, identity.person_id).login == world.people["street"]


def test_an_award_may_be_proved_there(served: str, provider: str, page: Page) -> None:
    walk = Walk(new_project("助浴服务", 0))
    walk.to_ranking()
    with unit_of_work() as session:
        chair_id = session.get_one(Panel, (walk.project.id, 1)).chair_id
        chair = session.get_one(Person, chair_id).login
    gate = f"/desk/{walk.project.code}/award-approval-r1"
    _link(page, served, chair, "chair-subject")
    with unit_of_work() as session:
        for web_session in session.exec(select(WebSession)).all():
            web_session.proved_at = web_session.began_at.replace(year=2020)
    page.goto(f"{served}{gate}")
    assert page.locator("#f-password").count() == 1
    page.get_by_role("link", name="或用李沧政务确认是您本人").click()
    _authorize(page, "somebody-else")
    assert "还没有关联到平台账号" in page.inner_text("main")
    # The provider let them through without asking again.
    long_ago = {"auth_time": int(time.time()) - 3600}
    httpx.put(f"{provider}/users/chair-subject", json=long_ago)
    page.goto(f"{served}{gate}")
    page.get_by_role("link", name="或用李沧政务确认是您本人").click()
    _authorize(page, "chair-subject")
    assert "没有重新核验" in page.inner_text("main")
    httpx.put(f"{provider}/users/chair-subject", json={"auth_time": int(time.time())})
    page.goto(f"{served}{gate}")
    assert page.locator("#f-password").count() == 1
    page.get_by_role("link", name="或用李沧政务确认是您本人").click()
    _authorize(page, "chair-subject")
    assert page.url == f"{served}{gate}?done=proved"
    assert page.locator("#f-password").count() == 0


def test_signing_in_there_is_no_fresh_proof_unless_it_says_so(served: str, provider: str) -> None:
    for minutes, proved in ((60, False), (1, True)):
        seen = int(time.time()) - minutes * 60
        httpx.put(f"{provider}/users/street-subject", json={"auth_time": seen})
        mine = Visitor(served)
        away = mine.client.get("/sign-in/sso").headers["location"]
        mine.client.get(httpx.post(away, data={"sub": "street-subject"}).headers["location"])
        with unit_of_work() as session:
            visitor = find_visitor(session, mine.client.cookies[COOKIE])
            assert visitor is not None
            assert visitor.actor.proved is proved


def test_a_trusted_claim_links_at_the_first_sign_in(
    world: World, served: str, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIEBANG_OIDC_CLAIM", "sub")
    page.goto(f"{served}/sign-in")
    page.get_by_role("link", name="使用李沧政务登录").click()
    _authorize(page, world.people["secretary"])
    assert page.url == f"{served}/desk?done=signed-in"


def test_the_way_back_counts_once_and_in_one_browser_only(served: str, provider: str) -> None:
    mine, other = Visitor(served), Visitor(served)
    away = mine.client.get("/sign-in/sso").headers["location"]
    assert away.startswith(provider)
    answer = httpx.post(away, data={"sub": "street-subject"})
    back = answer.headers["location"]
    assert other.client.get(back).status_code == 403
    assert mine.client.get(back).headers["location"] == "/desk?done=signed-in"
    mine.client.cookies.clear()
    mine.client.get("/sign-in")
    assert mine.client.get(back).status_code == 403


def test_a_way_back_that_comes_too_late_is_refused(served: str) -> None:
    mine = Visitor(served)
    away = mine.client.get("/sign-in/sso").headers["location"]
    back = httpx.post(away, data={"sub": "street-subject"}).headers["location"]
    with unit_of_work() as session:
        for sso_attempt in session.exec(select(SsoAttempt)).all():
            sso_attempt.expires_at = real_now(session)
    assert mine.client.get(back).status_code == 403


def test_a_provider_that_is_away_is_said(served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIEBANG_OIDC_ISSUER", f"http://127.0.0.1:{free_port(0)}")
    mine = Visitor(served)
    assert mine.client.get("/sign-in/sso").status_code == 503
    monkeypatch.setenv("JIEBANG_OIDC_ISSUER", "http://sso.example")
    assert mine.client.get("/sign-in/sso").status_code == 403


def test_linking_begins_with_a_form_of_ours(world: World, served: str) -> None:
    visitor = Visitor(served, world.people["expert"])
    assert visitor.client.get("/account/sso/link").status_code == 405
    wrong = visitor.client.post("/account/sso/link", data={"csrf": csrf_token("x")})
    assert wrong.status_code == 403


def test_a_new_password_forgets_what_somebody_else_may_hold(world: World) -> None:
    login = world.people["street"]
    with unit_of_work() as session:
        who = actor(login)
        wanted = AccessTokenCreate(name="x", scopes=[TokenScope.READ])
        secret = make_token(session, actor=who, token=wanted)
        token = invite(session, login=login, actor="cli")
        accept_invitation(session, token=token, password="a sentence to remember")
    with unit_of_work() as session:
        assert find_bearer(session, secret) is None
        identities = session.exec(select(Identity).where(Identity.person_id == who.person_id)).all()
        assert identities == []
