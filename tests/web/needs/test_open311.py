"""Open311 GeoReport v2: what civic apps read and send, as JSON and XML, and its errors."""

from xml.etree import ElementTree

import pytest
from sqlmodel import select

from domain.needs.categories import CATEGORY_NAMES
from models import Need
from models.session import unit_of_work
from tests.builders import new_need
from tests.web.visitor import Visitor

pytestmark = pytest.mark.usefixtures("database")
BASE = "/open311/v2"


def send(served: str, form: str = "json", **values: str) -> tuple[int, str]:
    answer = Visitor(served).client.post(f"{BASE}/requests.{form}", data=values)
    return answer.status_code, answer.text


def test_every_category_is_a_service(served: str) -> None:
    lines = Visitor(served).client.get(f"{BASE}/services.json").json()
    assert {line["service_code"] for line in lines} == set(CATEGORY_NAMES)
    english = Visitor(served).client.get(f"/en{BASE}/services.xml")
    names = [service.findtext("service_name") for service in ElementTree.fromstring(english.text)]
    assert "property management" in names


def test_a_request_is_sent_and_read_back(served: str) -> None:
    need = new_need()
    sent = {
        "service_code": "property",
        "description": "楼道灯坏了\n请联系 13812345678",
        "address_id": str(need.community_code),
    }
    client = Visitor(served).client
    answer = client.post(f"{BASE}/requests.json", data=sent)
    assert answer.status_code == 201
    code = answer.json()[0]["service_request_id"]
    (line,) = client.get(f"{BASE}/requests/{code}.json").json()
    assert (line["status"], line["service_code"]) == ("open", "property")
    assert "138****5678" in line["description"]
    with unit_of_work() as session:
        reported = session.exec(select(Need).where(Need.code == code)).one()
    assert (reported.status.value, reported.title) == ("registered", "楼道灯坏了")


def test_the_very_same_request_again_gets_the_same_number(served: str) -> None:
    sent = {"service_code": "elderly", "description": "需要送餐", "address_string": "振华路 3 号"}
    assert send(served, **sent) == send(served, **sent)
    with unit_of_work() as session:
        assert len(session.exec(select(Need)).all()) == 1


def test_a_request_without_a_known_place_waits_for_one(served: str) -> None:
    status, _ = send(
        served, service_code="elderly", description="需要送餐", address_string="振华路 3 号"
    )
    assert status == 201
    with unit_of_work() as session:
        assert session.exec(select(Need)).one().status.value == "awaiting_place"


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({}, "service_code"),
        ({"service_code": "elderly"}, "description"),
        ({"service_code": "elderly", "description": "需要送餐"}, "address_string"),
        (
            {"service_code": "elderly", "description": "需要送餐", "address_id": "1"},
            "address_id",
        ),
    ],
)
def test_what_is_missing_is_named(served: str, values: dict[str, str], word: str) -> None:
    status, text = send(served, "xml", **values)
    assert status == 400
    error = ElementTree.fromstring(text.encode())[0]
    assert error.findtext("code") == "400"
    assert word in str(error.findtext("description"))


def test_requests_are_found_by_id_service_status_and_time(served: str) -> None:
    new_need("第一件")
    other = new_need("第二件", 3)
    client = Visitor(served).client

    def found(**query: str) -> set[str]:
        lines = client.get(f"{BASE}/requests.json", params=query).json()
        return {line["service_request_id"] for line in lines}

    year = {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-12-31T00:00:00+08:00"}
    assert len(found(**year)) == 2
    assert found(service_request_id=other.code) == {other.code}
    assert found(**year, service_code="children") == set()
    assert len(found(**year, service_code="children,elderly", status="open")) == 2
    assert found(**year, status="closed") == set()
    assert found(start_date="2025-01-01", end_date="2025-02-01") == set()
    for wrong in ({"status": "lost"}, {"start_date": "yesterday"}, {"start_date": "2999-01-01"}):
        assert client.get(f"{BASE}/requests.json", params=wrong).status_code == 400


def test_what_is_not_there_is_said_in_the_standard_s_way(served: str) -> None:
    client = Visitor(served).client
    answer = client.get(f"{BASE}/requests/N-0.json")
    assert answer.status_code == 404
    assert answer.json()[0]["code"] == 404
    assert client.get(f"{BASE}/services.yaml").status_code == 404
