"""Signing in and out, wrong passwords, one-time codes, sessions, invitations, proving again."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import httpx
import pyotp
import pytest
from sqlalchemy import text
from sqlmodel import col, select

from api.visitors import COOKIE, csrf_token
from domain.identity.passwords import BY_PLACE
from domain.text import Text
from models import AuditEntry, Credential, Decision, Gate, OutboxMessage, Person, WebSession
from models.session import unit_of_work
from services.clock import real_now
from services.identity.credentials import invite
from services.identity.demo_people import PASSWORD
from services.identity.tries import TryCount, forget_tries, refuse, slowed_until, waits
from tests.builders import Walk, new_project
from tests.clients import http_client
from tests.patience import PATIENCE

pytestmark = pytest.mark.usefixtures("database")


class Browser:
    """Somebody's browser: it keeps cookies and sends forms with their token."""

    def __init__(self, base: str) -> None:
        self.client = http_client(base_url=base, timeout=PATIENCE)
        self.client.get("/sign-in")

    def post(self, path: str, **values: str) -> httpx.Response:
        token = csrf_token(self.client.cookies[COOKIE])
        return self.client.post(path, data={"csrf": token} | values)

    def sign_in(self, login: str = "expert-1", password: str = PASSWORD, **more: str) -> str:
        answer = self.post("/sign-in", login=login, password=password, **more)
        if answer.status_code == 303:
            return answer.headers["location"]
        alert = re.search(r'role="alert"[^>]*>([^<]+)', answer.text)
        assert alert is not None, answer.text
        return alert[1]


@pytest.fixture
def browser(served: str) -> Iterator[Browser]:
    made = Browser(served)
    yield made
    made.client.close()


@pytest.fixture
def another(served: str) -> Iterator[Browser]:
    made = Browser(served)
    yield made
    made.client.close()


def test_who_signs_in_goes_where_they_wanted_and_nowhere_else(browser: Browser) -> None:
    asked = browser.client.get("/desk/decided")
    assert asked.headers["location"] == "/sign-in?next=/desk/decided"
    assert browser.sign_in(next="/desk/decided") == "/desk/decided?done=signed-in"
    for away in ("https://evil.example/", "//evil.example", "/\\evil.example", "work"):
        assert browser.sign_in(next=away) == "/desk?done=signed-in"


def test_the_cookie_is_kept_from_scripts_and_changes_at_sign_in(browser: Browser) -> None:
    before = browser.client.cookies[COOKIE]
    token = csrf_token(before)
    answer = browser.client.post(
        "/sign-in", data={"csrf": token, "login": "expert-1", "password": PASSWORD}
    )
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert browser.client.cookies[COOKIE] != before
    with unit_of_work() as session:
        stored = session.exec(select(WebSession.digest)).one()
    assert browser.client.cookies[COOKIE] not in stored


def test_a_signed_in_page_is_kept_by_nobody_in_between(browser: Browser) -> None:
    browser.sign_in()
    assert browser.client.get("/desk").headers["cache-control"] == "private, no-store"
    assert browser.client.get("/").headers["cache-control"] == "private, no-store"


def test_a_wrong_password_says_no_more_than_an_unknown_login(browser: Browser) -> None:
    wrong = browser.sign_in(password="not the password")
    assert wrong == browser.sign_in(login="nobody-at-all")
    assert "登录名或密码不正确" in wrong


@pytest.mark.parametrize("login", ["expert-1", "nobody-at-all"])
def test_five_wrong_tries_slow_down_a_login_known_or_not(browser: Browser, login: str) -> None:
    for _ in range(4):
        assert "不正确" in browser.sign_in(login=login, password="wrong")
    assert "尝试次数过多" in browser.sign_in(login=login, password="wrong")
    assert "尝试次数过多" in browser.sign_in(login=login, password=PASSWORD)
    assert browser.sign_in(login="expert-2").startswith("/desk")


def test_a_rival_s_wrong_tries_keep_the_owner_from_nothing(
    browser: Browser, another: Browser
) -> None:
    """In the last quarter of an hour somebody types wrong passwords for a rival's login."""
    assert browser.sign_in().startswith("/desk")
    browser.client.cookies.delete(COOKIE)
    browser.client.get("/sign-in")
    for _ in range(12):
        another.sign_in(password="wrong")
    assert "尝试次数过多" in another.sign_in()
    # On a device that is known one signs in, and a session that goes on proves itself.
    assert browser.sign_in().startswith("/desk")
    assert browser.post("/account/password", old="wrong", new="x", again="x").status_code == 422
    answer = browser.post("/account/tokens", name="x", scope="read", days="30", password=PASSWORD)
    assert "尝试次数过多" not in answer.text
    with unit_of_work() as session:
        told = session.exec(
            select(OutboxMessage).where(OutboxMessage.topic == "session.refused")
        ).all()
        owner = session.exec(select(Person).where(Person.login == "expert-1")).one()
    assert [message.audience for message in told] == [f"person:{owner.id}"]


def test_a_device_that_somebody_else_knows_helps_nobody(browser: Browser, another: Browser) -> None:
    assert browser.sign_in(login="expert-2").startswith("/desk")
    browser.client.cookies.delete(COOKIE)
    browser.client.get("/sign-in")
    for _ in range(5):
        another.sign_in(password="wrong")
    assert "尝试次数过多" in browser.sign_in(login="expert-1")


def test_tries_are_slowed_down_longer_each_time_and_never_for_good() -> None:
    counted = (TryCount("somebody", "address:192.0.2.1", BY_PLACE),)
    elsewhere = (TryCount("somebody", "address:192.0.2.2", BY_PLACE),)
    pauses = []
    with unit_of_work() as session:
        for _ in range(12):
            session.execute(text("UPDATE sign_in_failure SET locked_until = NULL"))
            assert waits(session, counted) is None
            refuse(session, counted, Text("x", "x"))
            until = slowed_until(session, "somebody")
            pauses.append(round((until - real_now(session)).total_seconds() / 60) if until else 0)
        assert waits(session, counted)
        assert waits(session, elsewhere) is None
    assert pauses == [0, 0, 0, 0, 1, 2, 4, 8, 15, 15, 15, 15]


def test_tries_at_once_that_all_succeed_are_all_let_in() -> None:
    counted = (TryCount("somebody", "address:192.0.2.1", BY_PLACE),)
    start = Barrier(8)

    def succeed(_: int) -> Text | None:
        start.wait(30)
        with unit_of_work() as session:
            waiting = waits(session, counted)
            forget_tries(session, "somebody", place="address:192.0.2.1")
        return waiting

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(succeed, range(8))) == [None] * 8


def test_the_right_password_forgets_the_wrong_ones(browser: Browser) -> None:
    for _ in range(3):
        for _ in range(4):
            browser.sign_in(password="wrong")
        assert browser.sign_in().startswith("/desk")


def test_refused_sign_ins_are_in_the_audit_log_without_what_was_typed(browser: Browser) -> None:
    browser.sign_in(login="typed-by-mistake", password="hunter2hunter2")
    with unit_of_work() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "session.refused")).one()
    assert "typed-by-mistake" not in f"{entry.subject}{entry.facts}{entry.actor}"


def test_one_time_codes_are_asked_for_and_count_once(browser: Browser, another: Browser) -> None:
    browser.sign_in()
    assert browser.post("/account/totp").headers["location"] == "/account/totp"
    page = browser.client.get("/account/totp").text
    secret = re.search(r'<p class="code hash">([A-Z2-7]+)', page)
    assert secret is not None
    totp = pyotp.TOTP(secret[1])
    assert "不正确" in browser.post("/account/totp/on", code="000000").text
    code = totp.now()
    assert browser.post("/account/totp/on", code=code).status_code == 303

    assert "请填写动态验证码" in another.sign_in()
    assert "不正确或已使用" in another.sign_in(code=code)
    with unit_of_work() as session:
        step = session.exec(
            select(Credential.totp_step).where(col(Credential.totp_since).is_not(None))
        ).one()
    assert another.sign_in(code=totp.generate_otp(step + 1)).startswith("/desk")
    assert "密码不正确" in another.post("/account/totp/off", password="wrong").text
    assert "验证码不正确" in another.post("/account/totp/off", password=PASSWORD, code=code).text
    with unit_of_work() as session:
        credential = session.exec(
            select(Credential).where(col(Credential.totp_since).is_not(None))
        ).one()
        # Nothing in the database gives the codes.
        assert secret[1] not in str(credential.totp_secret)
        credential.totp_step = 0
    # The secret in use is shown to nobody again, nor one that was never proposed.
    shown = another.post("/account/totp/on", code="000000")
    assert shown.status_code == 403
    assert secret[1] not in shown.text
    off = another.post("/account/totp/off", password=PASSWORD, code=totp.now())
    assert off.status_code == 303
    assert another.post("/account/totp/on", code="000000").status_code == 403


def test_sessions_are_listed_and_ended(browser: Browser, another: Browser) -> None:
    browser.sign_in()
    another.sign_in()
    page = browser.client.get("/account").text
    (ending,) = re.findall(r'action="(/account/sessions/[^"]+/end)"', page)
    assert browser.post(ending).status_code == 303
    assert another.client.get("/account").status_code == 303
    assert browser.client.get("/account").status_code == 200


def test_nobody_ends_the_session_of_somebody_else(browser: Browser, another: Browser) -> None:
    browser.sign_in()
    another.sign_in(login="expert-2")
    with unit_of_work() as session:
        session_id = session.exec(
            select(WebSession.id).join(Person).where(Person.login == "expert-2")
        ).one()
    assert browser.post(f"/account/sessions/{session_id}/end").status_code == 404
    assert another.client.get("/account").status_code == 200


def test_signing_out_ends_the_session_and_not_only_the_cookie(browser: Browser) -> None:
    browser.sign_in()
    token = browser.client.cookies[COOKIE]
    browser.post("/sign-out")
    browser.client.cookies.set(COOKIE, token)
    assert browser.client.get("/account").status_code == 303


def test_an_idle_session_ends(browser: Browser) -> None:
    browser.sign_in()
    with unit_of_work() as session:
        session.exec(select(WebSession)).one().seen_at -= timedelta(hours=13)
    assert browser.client.get("/account").status_code == 303


def test_changing_the_password_ends_the_other_sessions(browser: Browser, another: Browser) -> None:
    browser.sign_in()
    another.sign_in()
    new = "四个字词的长句子也可以"
    assert (
        "登录名或密码不正确"
        in browser.post("/account/password", old="wrong", new=new, again=new).text
    )
    assert (
        "10 到 128"
        in browser.post("/account/password", old=PASSWORD, new="short", again="short").text
    )
    assert (
        "不一致" in browser.post("/account/password", old=PASSWORD, new=new, again=new + "!").text
    )
    changed = browser.post("/account/password", old=PASSWORD, new=new, again=new)
    assert changed.status_code == 303
    assert another.client.get("/account").status_code == 303
    assert browser.client.get("/account").status_code == 200
    assert another.sign_in(password=new).startswith("/desk")


def test_an_invitation_sets_a_password_once(browser: Browser, another: Browser) -> None:
    with unit_of_work() as session:
        token = invite(session, login="expert-4", actor="test")
    path = f"/welcome/{token}"
    assert "expert-4" in browser.client.get(path).text
    assert "10 到 128" in browser.post(path, password="short", again="short").text
    new = "a sentence I remember"
    assert browser.post(path, password=new, again=new).status_code == 303
    assert browser.client.get("/account").status_code == 200
    assert another.client.get(path).status_code == 403
    assert another.sign_in("expert-4", new).startswith("/desk")


def test_an_award_takes_a_fresh_proof_of_who_decides(browser: Browser) -> None:
    walk = Walk(new_project())
    gate = walk.to_ranking()
    browser.sign_in("expert-4")
    path = f"/desk/{walk.project.code}/award-approval-r1"
    assert 'type="password"' not in browser.client.get(path).text
    with unit_of_work() as session:
        session.exec(select(WebSession)).one().proved_at -= timedelta(minutes=11)
    form = {"verb": "approve", "dossier_version": "1", "comment": "排名无误"}
    assert 'type="password"' in browser.client.get(path).text
    refused = browser.post(f"{path}/decide", **form, password="wrong")
    assert refused.status_code == 422
    assert "排名无误" in refused.text
    assert _decisions(gate) == []
    bulk = browser.post("/desk/decide", gate=f"{path[6:]}@1", verb="approve")
    assert "再次输入密码" in bulk.text
    assert _decisions(gate) == []
    assert browser.post(f"{path}/decide", **form, password=PASSWORD).status_code == 303
    assert _decisions(gate) == ["web"]


def _decisions(gate: Gate) -> list[str]:
    with unit_of_work() as session:
        return list(session.exec(select(Decision.channel).where(Decision.gate_id == gate.id)))


def test_an_address_that_tries_too_often_is_told_to_wait(browser: Browser) -> None:
    answers = {
        browser.post("/sign-in", login=f"nobody-{n}", password="x").status_code for n in range(60)
    }
    assert answers == {422}
    late = browser.post("/sign-in", login="expert-1", password=PASSWORD)
    assert late.status_code == 429
    assert "请过一分钟再试" in late.text
