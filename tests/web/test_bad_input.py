"""Whatever is sent, the answer says what to do: never a 500, and nothing half done."""

from itertools import count

import httpx
import pytest

from api.visitors import COOKIE, csrf_token
from tests.web.requests import requests
from tests.web.world import World

NASTY = ("\0", "é" * 50, "9" * 5000, "-1", "1e400", "NaN", "²", "<script>", "x" * 30_000)
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


@pytest.mark.parametrize("turn", range(3))
def test_every_form_answers_whatever_is_typed(world: World, served: str, turn: int) -> None:
    """Everybody sends every form thrice; each field gets something else each time."""
    who = ("street", "secretary", "bidder", "expert", "panel member", "administrator")
    kinds = count(turn)
    for login in who:
        with world.client(served, login) as client:
            token = csrf_token(world.cookies[login])
            for request in requests(world):
                if request.method == "POST" and request.path != "/sign-out":
                    names = request.data or NAMES
                    # All fields alike in the first turn, each its own in the others.
                    alike = NASTY[next(kinds) % len(NASTY)]
                    values = {
                        name: NASTY[next(kinds) % len(NASTY)] if turn else alike for name in names
                    }
                    answer = client.post(request.path, data={"csrf": token} | values)
                    assert answer.status_code < 500, (login, request.path, values)


def test_a_strange_form_token_is_refused(world: World, served: str) -> None:
    with httpx.Client(base_url=served, cookies={COOKIE: "a-guest"}) as client:
        assert client.post("/sign-in", data={"csrf": "é"}).status_code == 403
    assert world.projects
