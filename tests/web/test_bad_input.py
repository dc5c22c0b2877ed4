"""Whatever is sent, the answer says what to do: never a 500, and nothing half done."""

from collections.abc import Iterator, Sequence
from itertools import islice

import httpx
import pytest

from api.visitors import COOKIE, csrf_token
from tests.clients import http_client
from tests.web.matrices import committed
from tests.web.requests import requests
from tests.web.world import World

NASTY = ("é" * 50, "9" * 5000, "-1", "1e400", "NaN", "²", "<script>", "x" * 30_000)
# What holds it is refused before anything reads the form: it goes alone, or it would hide the others.
NOT_STORABLE = "\0"
REFUSED = ("403", "404", "sign-in")
# What the administrator's forms ask for, and free text.
NAMES = (
    *("text", "title", "comment", "login", "name", "role", "where", "day", "kind", "reason"),
    *("code", "valid_from", "version", "uscc", "org_stage", "legal_representative", "serves"),
    *("due_on", "receiver", "people", "visited_on", "colour", "note"),
    *("criterion", "mark", "held_on", "present", "discussion", "words"),
    *("due-1", "amount-1", "target-1", "approved", "answer"),
    *("remedy", "days", "minimum"),
    *("leaving", "joining", "work_package", "statement"),
    *("alliance", "organisation", "claim", "proof", "reply", "upheld"),
    *("openers", "outcomes.target", "min_credit", "category", "template", "password"),
)
WHO = ("panel member", "bidder", "secretary", "street", "administrator", "expert")
PATHS = (
    "/needs/%00",
    "/projects/%00",
    "/projects/X/proof/99999999999999999999",
    "/?since=0001-01-01&q=%00",
    "/needs?after=%00&category=%00",
    "/open311/v2/requests.json?end_date=0001-01-01",
    "/open311/v2/requests.json?start_date=9999-12-31T23:59:59-23:59",
    "/r/%00",
    "/welcome/%00",
    "/en/../..//etc/passwd",
)


@pytest.mark.parametrize("path", PATHS)
def test_a_strange_address_is_answered(world: World, served: str, path: str) -> None:
    with world.client(served, "anonymous") as client:
        assert client.get(path).status_code < 500


def _turns(path: str, names: Sequence[str]) -> Iterator[dict[str, str]]:
    """Give forms in which each field has each value once, all are alike, one can't be kept."""
    for turn in range(len(NASTY)):
        yield {name: NASTY[(turn + place) % len(NASTY)] for place, name in enumerate(names)}
    yield dict.fromkeys(names, NASTY[len(path) % len(NASTY)])
    yield {names[0]: NOT_STORABLE}


@pytest.mark.parametrize("who", WHO)
def test_every_form_answers_whatever_is_typed(world: World, served: str, who: str) -> None:
    """The first who may send a form sends it in every turn; the others, by the matrix, in one."""
    may = {
        name
        for name, cells in committed("matrix.txt").items()
        if who == next((visitor for visitor in WHO if cells[visitor] not in REFUSED), None)
    }
    turned = 0
    with world.client(served, who) as client:
        token = csrf_token(world.cookies[who])
        for request in requests(world):
            if request.method != "POST" or request.path == "/sign-out":
                continue
            turns = _turns(request.path, sorted(request.data) or NAMES)
            some = f"{request.method} {request.name}" in may
            for values in turns if some else islice(turns, 1):
                turned += some
                answer = client.post(request.path, data={"csrf": token} | values)
                assert answer.status_code < 500, (request.path, values)
        assert client.get("/account").status_code == httpx.codes.OK, "signed out on the way"
    assert turned or who in ("expert",)


def test_a_strange_form_token_is_refused(world: World, served: str) -> None:
    with http_client(base_url=served, cookies={COOKIE: "a-guest"}) as client:
        assert client.post("/sign-in", data={"csrf": "é"}).status_code == 403
    assert world.projects
