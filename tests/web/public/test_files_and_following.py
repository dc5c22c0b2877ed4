"""The board as files for a spreadsheet, as feeds, and as letters to a confirmed mailbox."""

import csv
import io
from xml.etree import ElementTree

import httpx
import pytest
from openpyxl import load_workbook
from sqlmodel import select

from domain.gates import GateKind
from domain.lifecycle import Stage
from models import OutboxMessage, Project, Subscription
from models.session import unit_of_work
from services.letters import letter_sent, next_letter
from services.publish import calls
from tests.builders import Walk, after, new_need, new_project
from tests.clients import http_client
from tests.patience import PATIENCE
from tests.web.visitor import Visitor
from tests.web.world import World

FORMULAS = ("=HYPERLINK(1)", "+1+1", "-2", "@SUM(A1)", "\t=1", "\r=1")


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_a_file_is_run(world: World, served: str, formula: str) -> None:
    with unit_of_work() as session:
        session.get_one(Project, world.projects["bidding"].id).title = formula
    code = world.projects["bidding"].code
    with http_client(base_url=served, timeout=PATIENCE) as reader:
        text = reader.get("/projects.csv").content
        assert text.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
        assert next(row[1] for row in rows if row[0] == code) == f"'{formula}"
        book = load_workbook(io.BytesIO(reader.get("/projects.xlsx").content))
        cells = {row[0].value: row[1] for row in book["projects"].iter_rows()}
        assert cells[code].data_type == "s"
        # XML reads a carriage return as a line's end.
        assert str(cells[code].value).replace("\n", "\r") == f"'{formula}".replace("\n", "\r")


def test_a_file_holds_what_the_page_finds_in_its_language(world: World, served: str) -> None:
    category = world.projects["bidding"].category
    with http_client(base_url=served, timeout=PATIENCE) as reader:
        sent = reader.get(f"/en/projects.csv?category={category}&heading=open").content
        rows = list(csv.reader(io.StringIO(sent.decode("utf-8-sig"), newline="")))
        assert rows[0][:3] == ["code", "title", "status"]
        assert [row[0] for row in rows[1:]] == [world.projects["bidding"].code]
        assert reader.get("/projects.pdf").status_code == 404
        assert reader.get("/projects.csv?heading=nothing").status_code == 422


def test_needs_are_written_too_and_drafts_are_not(world: World, served: str) -> None:
    need = new_need("希望周末有人陪读", 0)
    hidden = new_project("还没有公开的项目", 0)
    with http_client(base_url=served, timeout=PATIENCE) as reader:
        assert need.code in reader.get("/needs.csv").text
        assert hidden.code not in reader.get("/projects.csv").text
    assert world


def test_a_control_character_breaks_no_file_and_no_feed(world: World, served: str) -> None:
    with unit_of_work() as session:
        session.get_one(Project, world.projects["bidding"].id).title = "助\x08餐\x01一期"
    with http_client(base_url=served, timeout=PATIENCE) as reader:
        book = load_workbook(io.BytesIO(reader.get("/projects.xlsx").content))
        assert "助餐一期" in [row[1].value for row in book["projects"].iter_rows()]
        for path in ("/feed.atom", "/feed.rss"):
            assert "助餐一期" in ElementTree.tostring(
                ElementTree.fromstring(reader.get(path).content), encoding="unicode"
            )


def test_the_feeds_are_wellformed_and_keep_their_filter(world: World, served: str) -> None:
    street = world.projects["bidding"].street_code
    with http_client(base_url=served) as reader:
        answer = reader.get(f"/feed.rss?street={street}")
        assert answer.headers["content-type"].startswith("application/rss+xml")
        tree = ElementTree.fromstring(answer.content)
        links = [entry.findtext("link") for entry in tree.iter("item")]
        assert f"{served}/projects/{world.projects['bidding'].code}" in links
        assert [child.tag for child in tree] == ["channel"]
        elsewhere = reader.get("/feed.rss?street=370213999").content
        assert list(ElementTree.fromstring(elsewhere).iter("item")) == []
        assert reader.get("/feed.json").status_code == 404


def _entries(reader: httpx.Client, path: str = "/feed.atom") -> dict[str, str]:
    """Return a feed's entries: each id with its title."""
    space = "{http://www.w3.org/2005/Atom}"
    tree = ElementTree.fromstring(reader.get(path).content)
    return {
        str(entry.findtext(f"{space}id")): str(entry.findtext(f"{space}title"))
        for entry in tree.iter(f"{space}entry")
    }


def test_each_event_is_an_entry_of_its_own_that_stays(world: World, served: str) -> None:
    street = world.projects["bidding"].street_code
    with http_client(base_url=served) as reader:
        before = _entries(reader, f"/feed.atom?street={street}")
        walk = _publish("健康小屋")
        after = _entries(reader, f"/feed.atom?street={street}")
        new = {name: title for name, title in after.items() if name not in before}
        assert "健康小屋：进入“揭榜”" in new.values()
        assert any("条居民需求，形成项目" in title for title in new.values())
        assert all(after[name] == title for name, title in before.items() if name in after)
        assert _entries(reader, f"/en/feed.atom?street={street}").keys() == after.keys()
        assert _entries(reader, f"/feed.atom?q={walk.project.code}").keys() == new.keys()


def test_feeds_carry_the_address_that_is_set(
    world: World, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world
    with http_client(base_url=served) as reader:
        assert f"{served}/projects/" in reader.get("/feed.atom").text
        monkeypatch.setenv("JIEBANG_PUBLIC_URL", "https://jiebang.example/")
        for path in ("/feed.atom", "/feed.rss", "/en/feed.atom"):
            text = reader.get(path).text
            assert "https://jiebang.example/" in text
            assert served not in text
        assert "https://jiebang.example/en/projects/" in reader.get("/en/feed.rss").text


def _letters() -> list[tuple[str, str]]:
    """Take what waits to be sent, as the sender of the outbox does."""
    letters = []
    with unit_of_work() as session:
        while letter := next_letter(session):
            letters.append((letter.to, letter.body))
            letter_sent(session, letter)
            session.flush()
    return letters


def _publish(title: str) -> Walk:
    walk = Walk(new_project(title, 0))
    walk.to_call_approval()
    gate = walk.through(Stage.PUBLISH, GateKind.APPROVAL)
    walk.do(Stage.PUBLISH, "publish", after(calls.publish_call, gate))
    return walk


def test_who_follows_is_asked_told_and_forgotten(
    world: World, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIEBANG_MAIL_URL", "mailto://127.0.0.1:1?from=a@b.c")
    monkeypatch.setenv("JIEBANG_PUBLIC_URL", "https://jiebang.example")
    _letters()
    visitor = Visitor(served)
    street = world.projects["bidding"].street_code
    form = {"email": " Wang@Example.com ", "street": street, "category": "", "text": "助浴"}
    assert visitor.post("/follow", **form).status_code == 303
    assert visitor.post("/follow", **form).status_code == 303
    ((to, body),) = _letters()
    assert to == "wang@example.com"
    page = next(line for line in body.splitlines() if "/follow/" in line)
    page = page.removeprefix("https://jiebang.example")
    # Not confirmed yet, and opening the link confirms nothing.
    assert "确认订阅" in visitor.read(page)
    _publish("助浴上门一期")
    assert not [letter for letter in _letters() if letter[0] == "wang@example.com"]
    visitor.post(page)
    walk = _publish("助浴上门二期")
    _publish("棋牌室改造")
    mine = [content for to, content in _letters() if to == "wang@example.com"]
    assert len(mine) == 1
    assert walk.project.code in mine[0]
    assert f"https://jiebang.example{page}" in mine[0]
    visitor.post(f"{page}/end")
    with unit_of_work() as session:
        rows = session.exec(select(Subscription).where(Subscription.email == "wang@example.com"))
        assert rows.all() == []
        outbox_messages = session.exec(select(OutboxMessage)).all()
        assert not [
            message
            for message in outbox_messages
            if "wang@" in str(message.facts) + message.audience
        ]
    assert visitor.client.get(page).status_code == 404


def test_an_address_that_is_none_is_told_and_what_was_typed_stays(
    world: World, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIEBANG_MAIL_URL", "mailto://127.0.0.1:1?from=a@b.c")
    answer = Visitor(served).post("/follow", email="nonsense", street="", category="", text="陪读")
    assert answer.status_code == 422
    assert "name@example.com" in answer.text
    assert "陪读" in answer.text
    assert world


def test_what_is_too_long_to_be_followed_is_not_cut(world: World, served: str) -> None:
    answer = Visitor(served).post("/follow", email="he@example.com", text="长" * 61)
    assert answer.status_code == 422
    with unit_of_work() as session:
        rows = session.exec(select(Subscription).where(Subscription.email == "he@example.com"))
        assert rows.all() == []
    assert world


def test_a_mailbox_is_asked_three_times_at_most(world: World, served: str) -> None:
    visitor = Visitor(served)
    for number in range(10):
        visitor.post("/follow", email="li@example.com", text=f"词{number}")
    with unit_of_work() as session:
        rows = session.exec(select(Subscription).where(Subscription.email == "li@example.com"))
        assert len(rows.all()) == 3
    assert world
