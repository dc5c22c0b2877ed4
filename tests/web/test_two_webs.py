"""Two processes of the web behind a round robin are as one: nothing lives in one of them alone."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import httpx
import pytest
from sqlmodel import col, select

from models import Call, Project
from models.session import unit_of_work
from services.seal.seal_keys import DEMO_PASSPHRASE
from tests.builders import Walk, new_project
from tests.clients import http_client
from tests.web.replicas import RoundRobin, balanced, config_of, webs
from tests.web.serving import in_a_thread
from tests.web.visitor import Visitor

pytestmark = pytest.mark.usefixtures("database")
PLAN = "每周五天在社区食堂供餐，两处网页轮流应答。"


def complete_of(code: str) -> dict[str, str]:
    """Return the fields of a bid that is complete, but for its plan."""
    with unit_of_work() as session:
        query = select(Call).join(Project, col(Project.id) == Call.project_id)
        call = session.exec(query.where(Project.code == code)).one()
    return {
        "team": "社工 2 人",
        "budget.item": "人工",
        "budget.amount": "20000",
        "milestones.title": "期满",
        "milestones.due_on": (call.delivery_from + timedelta(days=9)).isoformat(),
        "milestones.share": "100",
    }


@pytest.fixture
def path() -> str:
    walk = Walk(new_project())
    walk.to_bidding()
    return f"/desk/calls/{walk.project.code}/bid"


@pytest.fixture(scope="module")
def balancer() -> Iterator[str]:
    with balanced({}, {}) as address:
        yield address


def test_a_bid_is_unsealed_written_and_submitted_at_whichever_answers(
    balancer: str, path: str
) -> None:
    visitor = Visitor(balancer, "organisation-01")
    assert visitor.post(f"{path}/unlock", passphrase=DEMO_PASSPHRASE).status_code == 303
    # Each web unseals with the key that the other was given.
    visitor.post(f"{path}/draft", plan=PLAN)
    assert PLAN in visitor.read(path)
    assert PLAN in visitor.read(path)
    code = path.split("/")[3]
    whole = complete_of(code) | {"plan": PLAN}
    assert visitor.post(f"{path}/submit", **whole).status_code == 303
    assert PLAN in visitor.read(path)
    assert PLAN in visitor.read(path)

    # A limit counts once, however the requests are spread.
    guest = Visitor(balancer)
    answers = Counter(guest.post("/follow", email="nobody", text="").status_code for _ in range(31))
    assert answers == {422: 30, 429: 1}

    # What was parked at one is found at the other.
    for text in ("一段没有写完的话", "一段没有写完的话，又写了一些"):
        kept = guest.post("/drafts", form="/report", description=text, quiet="1")
        assert kept.status_code == 200
        assert text in guest.read("/report")
        assert text in guest.read("/report")


def test_each_web_answers_in_its_turn_about_the_database_of_the_test(database: str) -> None:
    with pytest.MonkeyPatch.context() as patch, ExitStack() as running:
        patch.delenv("JIEBANG_DATABASE_URL")
        addresses = running.enter_context(webs({}, {}))
        assert [httpx.get(f"{web}/healthz").text for web in addresses] == ["no database"] * 2
        patch.setenv("JIEBANG_DATABASE_URL", database)
        balancer = RoundRobin(addresses)
        address = running.enter_context(in_a_thread(config_of(balancer)))
        with http_client(base_url=address) as client:
            assert [client.get("/healthz").text for _ in range(4)] == ["ok"] * 4
    assert balancer.answered == dict.fromkeys(addresses, 2)
