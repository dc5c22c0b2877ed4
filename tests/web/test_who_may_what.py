"""Every route for everybody: the committed matrix, walked.

Each row of ``matrix.txt`` is a request, each column a visitor; a cell says what came of it. After
a change of routes or permissions the test prints where the new table lies: read it, then commit it.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from fastapi.routing import APIRoute
from starlette.routing import Match

from api.deps import anybody, operator, signed_in
from api.forms import typed_form
from api.main import PAGES
from domain.defaults import DEFAULTS
from domain.lifecycle import STAGE_OF
from models.session import engine_for
from tests.conftest import Cluster
from tests.web.world import World, build

MATRIX = Path(__file__).with_name("matrix.txt")
# Who is refused comes first: what somebody may do changes the district.
VISITORS = (
    "anonymous",
    "analyst",
    "auditor",
    "operator",
    "secretary elsewhere",
    "street elsewhere",
    "other organisation",
    "department",
    "expert",
    "panel member",
    "signing organisation",
    "supplier",
    "bidder",
    "administrator",
    "secretary",
    "street",
)
ROUTES = [one for page in PAGES for one in page.router.routes if isinstance(one, APIRoute)]
GUARDS = {anybody, signed_in, operator}


@pytest.fixture(scope="module")
def world(cluster: Cluster, seeded: str) -> Iterator[World]:
    url = cluster.create("world", seeded)
    before = os.environ.get("JIEBANG_DATABASE_URL")
    os.environ["JIEBANG_DATABASE_URL"] = url
    yield build()
    engine_for(url).dispose()
    cluster.drop("world")
    os.environ.pop("JIEBANG_DATABASE_URL")
    if before is not None:
        os.environ["JIEBANG_DATABASE_URL"] = before


class Asked(NamedTuple):
    """One request: what is sent is right, so that only who sends it decides what comes of it."""

    method: str
    path: str
    name: str
    data: dict[str, str] = {}  # noqa: RUF012


def _marks(prefix: str, criteria: Iterable[str]) -> dict[str, str]:
    return {f"{prefix}.{name}": "80" for name in criteria}


def requests(world: World) -> list[Asked]:
    """Return what is asked: every route, and more than one object."""

    def at(name: str, kind: str, rest: str = "") -> str:
        project = world.projects[name]
        stage = STAGE_OF[project.status]
        return f"/work/{project.code}/{stage}-{kind}-r1{rest}"

    codes = {name: project.code for name, project in world.projects.items()}
    bid = f"/work/calls/{codes['bidding']}/bid"
    reading = [
        ("/", "board"),
        ("/feed.atom", "feed"),
        ("/help", "help"),
        ("/healthz", "health"),
        ("/needs", "register of needs"),
        ("/needs/N-0", "a need that is not"),
        (f"/projects/{codes['bidding']}", "a project"),
        (f"/projects/{codes['bidding']}/proof/1", "a proof that is not of this project"),
        (f"/projects/{codes['bidding']}/report.html", "a report that is not"),
        ("/sign-in", "sign-in page"),
        (f"/welcome/{world.invitation}", "an invitation"),
        ("/account", "account"),
        ("/work", "inbox"),
        ("/work/decided", "decided"),
        ("/work/calls", "open calls"),
        (bid, "the sealed bid's page"),
        (f"/work/calls/{codes['scoring']}/bid", "a bid after the closing"),
        ("/work/needs", "needs to gather"),
        (f"/work/needs/{codes['preparing']}", "a project just formed"),
        (f"/work/{codes['preparing']}", "where a project waits"),
        (at("preparing", "preparation"), "gate: analysis"),
        (at("approving", "event"), "gate: appraisal, over"),
        (at("approving", "approval"), "gate: confirm the appraisal"),
        (at("bidding", "timer"), "gate: bid window"),
        (at("scoring", "preparation"), "gate: panel formed, over"),
        (at("scoring", "event"), "gate: panel scores"),
        (at("notice", "timer"), "gate: public notice"),
        (at("agreeing", "event"), "gate: agreement"),
        (at("delivering", "event"), "gate: milestones"),
        ("/operations", "operations"),
    ]
    writing = [
        ("/sign-in", "sign in, empty"),
        (f"/welcome/{world.invitation}", "accept an invitation, empty"),
        ("/account/password", "change the password, empty"),
        ("/account/totp", "propose one-time codes"),
        ("/account/totp/on", "turn codes on, empty"),
        ("/account/totp/off", "turn codes off, empty"),
        ("/account/sessions/00000000-0000-0000-0000-000000000000/end", "end no session"),
        ("/work/decide", "decide several, none ticked"),
        ("/work/needs", "form a project, empty"),
        (at("preparing", "preparation", "/claim"), "claim the analysis"),
        (at("preparing", "preparation", "/release"), "release the analysis"),
        (at("preparing", "preparation", "/analysis"), "submit an analysis"),
        (at("approving", "event", "/appraisal"), "appraise once it is over"),
        (at("approving", "approval", "/code"), "a code for Prefect"),
        (at("approving", "approval", "/decide"), "approve the appraisal"),
        (at("preparing", "preparation", "/call"), "draft a call, empty"),
        (at("preparing", "preparation", "/ceiling"), "mend a ceiling that is not missing"),
        (at("bidding", "timer", "/opening"), "open the bids before the closing"),
        (bid + "/draft", "keep a draft, empty"),
        (bid + "/members", "change the members of a bid"),
        (bid + "/submit", "submit a bid, empty"),
        (bid + "/confirm", "confirm as a partner"),
        (bid + "/withdraw", "withdraw the sealed bid"),
        (at("scoring", "preparation", "/panel"), "form a panel, empty"),
        (at("scoring", "event", "/interest"), "declare no interest"),
        (at("scoring", "event", f"/score/{world.opened}"), "score a bid"),
        (at("notice", "timer", f"/objections/{world.objection}"), "dismiss an objection"),
        (f"/projects/{codes['notice']}/objection", "object without grounds"),
        (at("agreeing", "event", "/agreement"), "confirm the agreement"),
        (at("delivering", "event", "/milestones/1/report"), "report a milestone"),
        (at("delivering", "event", "/milestones/1/accept"), "accept the milestone"),
        (at("delivering", "event", "/assessment/experts"), "assess too early"),
        (f"/work/{codes['preparing']}/cancel", "cancel"),
        (at("bidding", "event", "/pass-time"), "move the demo's clock at no gate"),
        ("/sign-out", "sign out"),
    ]
    appraisal = _marks("marks", DEFAULTS["appraisal_rubric"])
    award = _marks(f"marks-{world.opened}", DEFAULTS["award_rubric"])
    experts = _marks("marks-experts", DEFAULTS["assessment"]["experts"]["rubric"])
    sent: dict[str, dict[str, str]] = {
        "submit an analysis": {
            "root_cause": "服务时段不符",
            "target_group": "老人",
            "beneficiaries": "80",
            "budget": "60000",
        },
        "appraise once it is over": appraisal,
        "a code for Prefect": {"verb": "approve"},
        "approve the appraisal": {"verb": "approve", "version": "1"},
        "mend a ceiling that is not missing": {"ceiling": "5000"},
        "declare no interest": {"interest": "no"},
        "score a bid": award,
        "dismiss an objection": {"upheld": "no", "answer": "经核对一致。"},
        "report a milestone": {
            "report-1": "已按计划完成。",
            "counts-1.name": "人次",
            "counts-1.quantity": "100",
        },
        "assess too early": experts,
        "cancel": {"reason": "重复立项"},
    }
    asked = [Asked("GET", *one) for one in reading]
    asked += [Asked("POST", *one, sent.pop(one[1], {})) for one in writing]
    assert sent == {}
    return asked


def outcome(answer: httpx.Response) -> str:
    """Return in a word what came of a request."""
    if answer.status_code == 303:
        return "sign-in" if answer.headers["location"].startswith("/sign-in") else "done"
    return "ok" if answer.status_code == 200 else str(answer.status_code)


def walk(world: World, served: str) -> list[str]:
    """Return the matrix as lines of text."""
    clients = {who: world.client(served, who) for who in VISITORS}
    lines = ["request | " + " | ".join(VISITORS)]
    for method, path, name, values in requests(world):
        cells = []
        for who in VISITORS:
            data = world.form(who, **values) if method == "POST" else None
            cells.append(outcome(clients[who].request(method, path, data=data)))
        lines.append(f"{method} {name} | " + " | ".join(cells))
    for client in clients.values():
        client.close()
    return lines


def test_everybody_may_what_the_matrix_says(world: World, served: str, tmp_path: Path) -> None:
    found = walk(world, served)
    new = tmp_path / "matrix.txt"
    new.write_text("\n".join(found) + "\n", encoding="utf-8")
    held = MATRIX.read_text(encoding="utf-8").splitlines() if MATRIX.exists() else []
    assert found == held, f"the table is now {new}: read it, then commit it"


def test_every_route_is_in_the_matrix(world: World) -> None:
    asked = set()
    for method, path, _, _ in requests(world):
        scope = {"type": "http", "method": method, "path": path}
        route = next(one for one in ROUTES if one.matches(scope)[0] is Match.FULL)
        asked.add((method, route.path))
    assert len(ROUTES) > 50
    assert {(method, one.path) for one in ROUTES for method in one.methods or ()} - asked == set()


def _calls(route: APIRoute) -> set[object]:
    found: set[object] = set()
    ahead = [route.dependant]
    while ahead:
        one = ahead.pop()
        found.add(one.call)
        ahead += one.dependencies
    return found


@pytest.mark.parametrize("route", ROUTES, ids=lambda one: f"{sorted(one.methods)[0]} {one.path}")
def test_every_route_declares_its_guard_and_writes_only_with_a_token(route: APIRoute) -> None:
    calls = _calls(route)
    assert calls & GUARDS or route.path == "/healthz"
    assert route.methods in ({"GET"}, {"POST"})
    assert (typed_form in calls) is (route.methods == {"POST"})


def test_a_form_without_its_token_changes_nothing(world: World, served: str) -> None:
    world.cookies.pop("street", None)
    with world.client(served, "street") as client:
        for method, path, _, _ in requests(world):
            if method == "POST":
                answer = client.post(path, data={"csrf": "0" * 64})
                assert answer.status_code == 403, path
