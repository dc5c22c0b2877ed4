"""Two processes of the web behind a round robin are as one: nothing lives in one of them alone."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle
from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from api.visitors import COOKIE, csrf_token
from models import Call, Project
from models.session import unit_of_work
from services.seal.seal_keys import DEMO_PASSPHRASE
from tests.builders import Walk, new_project
from tests.shell import ROOT
from tests.web.visitor import OPEN, Visitor
from worker.stack import free_port

pytestmark = pytest.mark.usefixtures("database")
UVICORN = "uvicorn --factory api.main:create_app --host 127.0.0.1 --log-level warning"
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


class Balanced:
    """A browser whose requests go to one web after the other."""

    def __init__(self, addresses: list[str], visitor: Visitor) -> None:
        self._turn = cycle(addresses)
        self.client = httpx.Client(timeout=30, cookies={COOKIE: visitor.client.cookies[COOKIE]})
        OPEN.append(self.client)

    def send(self, method: str, path: str, **values: Any) -> httpx.Response:
        base = next(self._turn)
        if method == "POST":
            values = {"csrf": csrf_token(self.client.cookies[COOKIE]), **values}
        return self.client.request(
            method, base + path, data=values or None, headers={"Origin": base}
        )

    def read(self, path: str) -> str:
        answer = self.send("GET", path)
        assert answer.status_code == 200, path
        return answer.text


@pytest.fixture
def webs(database: str) -> Iterator[list[str]]:
    """Start two webs on the database and stop them by their own ids."""
    ports = [free_port(0), free_port(0)]
    environment = os.environ | {"JIEBANG_DATABASE_URL": database}
    started = [
        subprocess.Popen(
            [sys.executable, "-m", *UVICORN.split(), "--port", str(port)],
            cwd=ROOT,
            env=environment,
        )
        for port in ports
    ]
    addresses = [f"http://127.0.0.1:{port}" for port in ports]
    try:
        with httpx.Client(transport=httpx.HTTPTransport(retries=60)) as client:
            for address in addresses:
                assert client.get(f"{address}/healthz", timeout=60).status_code == 200
        yield addresses
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=30)


@pytest.fixture
def path() -> str:
    walk = Walk(new_project())
    walk.to_bidding()
    return f"/desk/calls/{walk.project.code}/bid"


def test_a_bid_is_unsealed_written_and_submitted_at_whichever_answers(
    webs: list[str], served: str, path: str
) -> None:
    visitor = Balanced(webs, Visitor(served, "organisation-01"))
    unlocked = visitor.send("POST", f"{path}/unlock", passphrase=DEMO_PASSPHRASE)
    assert unlocked.status_code == 303
    # Each web unseals with the key that the other was given.
    visitor.send("POST", f"{path}/draft", plan=PLAN)
    assert PLAN in visitor.read(path)
    assert PLAN in visitor.read(path)
    code = path.split("/")[3]
    whole = complete_of(code) | {"plan": PLAN}
    assert visitor.send("POST", f"{path}/submit", **whole).status_code == 303
    assert PLAN in visitor.read(path)
    assert PLAN in visitor.read(path)

    # A limit counts once, however the requests are spread.
    guest = Balanced(webs, Visitor(served))
    answers = Counter(
        guest.send("POST", "/follow", email="nobody", text="").status_code for _ in range(31)
    )
    assert answers == {422: 30, 429: 1}

    # What was parked at one is found at the other.
    for text in ("一段没有写完的话", "一段没有写完的话，又写了一些"):
        kept = guest.send("POST", "/drafts", form="/report", description=text, quiet="1")
        assert kept.status_code == 200
        assert text in guest.read("/report")
        assert text in guest.read("/report")
