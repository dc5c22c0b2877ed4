"""Words planted in a sealed bid and in a draft: nobody finds them before the opening.

After the opening they are found by the very same means, so the search itself is proved.
"""

import logging
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from domain.gates import GateKind
from domain.lifecycle import Stage
from models.session import unit_of_work
from services.bid import openings
from services.public.publish_snapshot import publish_snapshot
from services.seal.seal_keys import DEMO_PASSPHRASE
from tests.builders import Walk
from tests.web.fragments.bid import DRAFTED, ITEM, SEALED
from tests.web.programs import calls
from tests.web.requests import VISITORS, requests
from tests.web.world import World

TABLES = (
    "audit_entry",
    "outbox_message",
    "gate",
    "decision",
    "effect",
    "incident",
    "check_result",
    "kept_answer",
    "bid_payload",
    "draft",
)


def addresses(world: World) -> list[str]:
    """Return everything that can be read, in both languages, searches and feeds too."""
    paths = [request.path for request in requests(world) if request.method == "GET"]
    paths += [f"/?q={SEALED[:4]}", f"/needs?q={ITEM}", f"/feed.atom?q={ITEM}"]
    return paths + [f"/en{path}" for path in paths]


def unseal(world: World, client: httpx.Client, who: str) -> None:
    """Give the passphrase of one's organisation, for whoever has one."""
    path = f"/desk/calls/{world.projects['bidding'].code}/bid/unlock"
    client.post(path, data=world.form(who, passphrase=DEMO_PASSPHRASE))


def seen_by(world: World, served: str, who: str) -> dict[str, str]:
    """Return what a visitor reads by address; what they themselves searched for aside."""
    seen = {}
    with world.client(served, who) as client:
        unseal(world, client, who)
        for path in addresses(world):
            page, asked = client.get(path).text, path.partition("?q=")[2]
            seen[path] = page.replace(asked, "") if asked else page
    return seen


def seen_by_program(world: World, served: str, who: str) -> dict[str, str]:
    """Return what a visitor's program reads by address."""
    paths = [call.path for call in calls(world) if call.method == "GET"]
    with world.program(served, who) as program:
        return {path: program.get(path).text for path in [*paths, "/openapi.json"]}


def where(seen: dict[str, str], *words: str) -> list[str]:
    """Return the addresses at which one of the words is found."""
    return sorted(path for path, page in seen.items() if any(word in page for word in words))


@pytest.mark.parametrize("who", VISITORS)
def test_no_program_reads_a_sealed_bid_or_a_draft_but_whose_it_is(
    world: World, served: str, who: str
) -> None:
    bid = f"/projects/{world.projects['bidding'].code}/bid"
    own = [bid, f"{bid}/files/{world.file}"]
    seen = seen_by_program(world, served, who)
    assert where(seen, SEALED, ITEM) == (own if who == "bidder" else [])
    assert where(seen, DRAFTED) == ([bid] if who == "other organisation" else [])


@pytest.mark.parametrize("who", VISITORS)
def test_nobody_reads_a_sealed_bid_or_a_draft_but_whose_it_is(
    world: World, served: str, who: str
) -> None:
    seen = seen_by(world, served, who)
    code = world.projects["bidding"].code
    own = [f"/desk/calls/{code}/bid", f"/en/desk/calls/{code}/bid"]
    kept = [f"{path}/{name}" for path in own for name in ("receipt.json", f"files/{world.file}")]
    assert where(seen, SEALED, ITEM) == (sorted(own + kept) if who == "bidder" else [])
    assert where(seen, DRAFTED) == (own if who == "other organisation" else [])


@pytest.mark.usefixtures("world")
def test_no_table_that_leaves_the_platform_holds_them(tmp_path: Path) -> None:
    with unit_of_work() as session:
        for table in TABLES:
            answer = session.execute(text(f"SELECT string_agg(t::text, ' ') FROM {table} t"))
            contents = answer.scalar_one() or ""
            assert not [word for word in (SEALED, ITEM, DRAFTED) if word in contents], table
        sealed = session.execute(text("SELECT string_agg(t::text, ' ') FROM bid_payload t"))
        assert "keys" in str(sealed.scalar_one())
    snapshot = publish_snapshot(tmp_path)
    whole = b"".join(file.read_bytes() for file in snapshot.parent.rglob("*") if file.is_file())
    assert not [word for word in (SEALED, ITEM, DRAFTED) if word.encode() in whole]


def test_no_log_line_holds_them(
    world: World, served: str, caplog: pytest.LogCaptureFixture
) -> None:
    code = world.projects["bidding"].code
    with caplog.at_level(logging.DEBUG), world.client(served, "bidder") as client:
        path = f"/desk/calls/{code}/bid"
        assert SEALED not in client.get(path).text
        unseal(world, client, "bidder")
        assert SEALED in client.get(path).text
        client.post(f"{path}/submit", data=world.form("bidder", plan=SEALED, team=ITEM))
        client.post(f"{path}/draft", data=world.form("bidder", plan=SEALED, quiet="1"))
    assert not [message for message in caplog.messages if SEALED in message or ITEM in message]


def test_after_the_opening_they_are_found(world: World, served: str) -> None:
    """Comes last: it opens the bids of the module's district."""
    with unit_of_work() as session:
        session.execute(text("UPDATE run_lease SET expires_at = clock_timestamp()"))
    walk = Walk(world.projects["bidding"])
    walk.through(Stage.BID, GateKind.TIMER)
    walk.through(Stage.BID, GateKind.EVENT)
    walk.do(Stage.BID, "open", openings.open_bids)
    walk.do(Stage.BID, "close", openings.close_bidding)
    walk.through(Stage.AWARD, GateKind.PREPARATION)
    walk.open(Stage.AWARD, GateKind.EVENT)
    path = f"/desk/{walk.project.code}/award-event-r1"
    with world.client(served, "panel member") as client:
        assert SEALED not in client.get(path).text
        client.post(f"{path}/interest", data=world.form("panel member", interest="no"))
        page = client.get(path).text
    assert SEALED in page
    assert ITEM in page
    before = f"/projects/{walk.project.code}/bids"
    with world.program(served, "panel member") as program:
        assert SEALED in program.get(before).text
    assert DRAFTED not in page
    # Nobody else reads it yet: not even who formed the panel.
    for who in ("street", "administrator", "operator", "auditor", "other organisation"):
        with world.client(served, who) as client, world.program(served, who) as program:
            assert SEALED not in client.get(path).text, who
            assert SEALED not in program.get(before).text, who
