"""Every list of the desk can be read to its end, on pages and by programs, and says so."""

import re

import pytest

from models.session import unit_of_work
from services.publish.questions import QuestionCreate, ask_question
from tests.builders import actor
from tests.web.world import World

_ITEM = {
    "/desk": r'href="/desk/([A-Z]{2}-[\d-]+/[a-z0-9-]+)"><b>',
    "/desk/decided": r'href="/desk/([A-Z]{2}-[\d-]+/[a-z0-9-]+)"',
    "/desk/projects": r'href="/projects/([A-Z]{2}-[\d-]+)"',
    "/desk/calls": r'href="/desk/calls/([A-Z]{2}-[\d-]+)/bid"',
    "/desk/needs": r'id="n-([\w-]+)"',
    "/operations": r'href="/desk/([A-Z]{2}-[\d-]+/[a-z0-9-]+)"',
}
PAGES = [
    ("street", "/desk"),
    ("street", "/desk/decided"),
    ("administrator", "/desk/projects"),
    ("other organisation", "/desk/calls"),
    ("secretary", "/desk/needs"),
    ("operator", "/operations"),
]
ANSWERS = [
    ("street", "/me/tasks", "items"),
    ("street", "/me/decisions", "items"),
    ("administrator", "/me/projects", "items"),
    ("other organisation", "/me/calls", "items"),
    ("supplier", "/me/bids", "items"),
    ("secretary", "/me/needs", "items"),
    ("operator", "/operations", "waiting"),
]


@pytest.mark.in_process
@pytest.mark.parametrize(("who", "path"), PAGES)
def test_a_long_list_is_read_page_by_page(
    world: World, served: str, monkeypatch: pytest.MonkeyPatch, who: str, path: str
) -> None:
    with world.client(served, who) as client:
        whole = re.findall(_ITEM[path], client.get(path).text)
        assert whole
        monkeypatch.setattr("services.listing.PAGE", 1)
        read: list[str] = []
        following: str | None = path
        while following:
            answer = client.get(following.replace("&amp;", "&"))
            assert answer.status_code == 200
            read += re.findall(_ITEM[path], answer.text)
            more = re.search(r'href="([^"]+)" rel="next"', answer.text)
            following = more[1] if more else None
        assert sorted(read) == sorted(whole)


@pytest.mark.in_process
def test_an_organisation_reads_all_its_bids(
    world: World, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.listing.PAGE", 1)
    with world.client(served, "supplier") as client:
        first = client.get("/desk").text
        (more,) = re.findall(r'href="(/desk\?bids=1)" rel="next"', first)
        second = client.get(more).text
    bids = [
        re.findall(r'href="/desk/calls/([A-Z]{2}-[\d-]+)/bid"', page) for page in (first, second)
    ]
    assert [len(bid) for bid in bids] == [1, 1]
    assert bids[0] != bids[1]


@pytest.mark.in_process
@pytest.mark.parametrize(("who", "path", "name"), ANSWERS)
def test_a_program_reads_a_long_list_page_by_page(
    world: World, served: str, monkeypatch: pytest.MonkeyPatch, who: str, path: str, name: str
) -> None:
    with world.program(served, who) as client:
        whole = client.get(path).json()
        assert whole[name]
        assert whole["next"] is None
        monkeypatch.setattr("services.listing.PAGE", 1)
        read, cursor = [], ""
        while cursor is not None:
            page = client.get(path, params={"cursor": cursor}).json()
            read += page[name]
            cursor = page["next"]
        assert [str(entry) for entry in read] == [str(entry) for entry in whole[name]]


@pytest.mark.in_process
def test_what_waits_in_the_first_place_says_that_there_is_more(
    world: World, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unit_of_work() as session:
        ask_question(
            session,
            code=world.projects["bidding"].code,
            actor=actor(world.people["bidder"]),
            question=QuestionCreate(text="能否分两期开展？"),
        )
    with world.client(served, "street") as client:
        assert "其余的会列在这里" not in client.get("/desk").text
        monkeypatch.setattr("services.listing.PAGE", 1)
        assert "只列出前 1 条；办理后，其余的会列在这里" in client.get("/desk").text


@pytest.mark.parametrize("after", ["x", "-1", "１", "99999999"])
def test_a_cursor_that_is_none_is_refused_with_what_to_do(
    world: World, served: str, after: str
) -> None:
    with world.client(served, "street") as client:
        answer = client.get("/desk/projects", params={"after": after})
    assert answer.status_code == 422
    assert "请回到列表的第一页" in answer.text
