"""How often one may ask: counted by who asks, and more generously by where they are."""

from collections import Counter

import httpx
import pytest
from sqlmodel import select

from api.security import HALL, ORIGINS, Origins
from models import Need
from models.session import unit_of_work
from services.rate_limits import forget_all_tries
from tests.clients import http_client
from tests.web.visitor import Visitor
from tests.web.world import World
from worker.stack import _proxies


def need_code() -> str:
    with unit_of_work() as session:
        need = session.exec(select(Need).where(Need.status == "registered")).first()
    assert need
    return need.code


def test_sixty_residents_in_one_hall_are_all_heard(world: World, served: str) -> None:
    assert world
    path = f"/needs/{need_code()}/support"
    answers = Counter(Visitor(served).post(path).status_code for _ in range(75))
    assert answers == {303: 75}


def test_one_visitor_is_slowed_down_and_the_neighbour_is_not(world: World, served: str) -> None:
    assert world
    forget_all_tries()
    path, eager = f"/needs/{need_code()}/support", Visitor(served)
    answers = Counter(eager.post(path).status_code for _ in range(61))
    assert answers == {303: 60, 429: 1}
    assert Visitor(served).post(path).status_code == 303


def test_whoever_sends_no_cookie_is_counted_by_address(world: World, served: str) -> None:
    assert world
    forget_all_tries()
    report = {"service_code": "nothing"}
    forged = [
        {"X-Forwarded-For": f"192.0.2.{n}", "Forwarded": f"for=192.0.2.{n}"} for n in range(31)
    ]
    url = f"{served}/open311/v2/requests.json"
    answers = Counter(
        httpx.post(url, data=report, headers=headers).status_code for headers in forged
    )
    assert answers == {400: 30, 429: 1}


def test_many_cookies_from_one_address_have_a_limit_too(world: World, served: str) -> None:
    assert world
    forget_all_tries()
    url = f"{served}/open311/v2/requests.json"
    answers: Counter[int] = Counter()
    with http_client() as client:
        for number in range(30 * HALL + 5):
            cookie = {"Cookie": f"jiebang=made-up-{number}"}
            answers[client.post(url, data={"service_code": "x"}, headers=cookie).status_code] += 1
    assert answers == {400: 30 * HALL, 429: 5}


@pytest.mark.in_process
def test_one_address_for_all_is_said_where_operators_look(world: World, served: str) -> None:
    for number in range(400):
        ORIGINS.note(f"192.0.2.{number % 7}")
    assert ORIGINS.only() is None
    operator = world.client(served, "operator")
    assert "来自多处" in operator.get("/operations").text
    for _ in range(400):
        ORIGINS.note("127.0.0.1")
    assert "JIEBANG_TRUSTED_PROXIES" in operator.get("/operations").text
    operator.close()
    assert httpx.get(f"{served}/healthz").headers["X-Only-Address"] == "127.0.0.1"


def test_a_few_requests_say_nothing_of_a_proxy() -> None:
    origins = Origins()
    for _ in range(20):
        origins.note("127.0.0.1")
    assert origins.only() is None


def test_only_the_proxies_that_are_named_are_believed() -> None:
    assert _proxies("") == ["--no-proxy-headers"]
    named = _proxies("10.0.0.2, 10.0.0.3")
    assert named == ["--proxy-headers", "--forwarded-allow-ips", "10.0.0.2,10.0.0.3"]


def test_programs_without_a_token_share_no_keys(world: World, served: str) -> None:
    assert world
    url = f"{served}/api/v1/needs/similar"
    first = {
        "title": "楼道灯坏了",
        "description": "三单元",
        "category": "property",
        "community": "x",
    }
    for title in ("楼道灯坏了", "电梯坏了很久"):
        key = {"Idempotency-Key": "1"}
        answer = httpx.post(url, json=first | {"title": title}, headers=key)
        assert answer.status_code != 422 or answer.json()["code"] != "key-reused"
