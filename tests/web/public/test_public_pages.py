"""What anybody sees: the board, a project with its proofs, the register of needs, the feed."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import httpx
import pytest
from sqlalchemy import text
from sqlmodel import col, select

from api.security import HEADERS
from domain.public.board import HEADING_NAMES, Heading
from models import AuditEntry, Call, Need, Project
from models.session import unit_of_work
from services.needs.needs_register import PAGE as NEEDS_PAGE
from tests.builders import Walk, new_project
from tests.conftest import Demo

ATOM = "{http://www.w3.org/2005/Atom}"


class Links(HTMLParser):
    """The addresses a page leads to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        attributes = dict(attrs)
        for name in ("href", "src"):
            if (value := attributes.get(name)) and value.startswith("/"):
                self.found.append(value)


def read(web: httpx.Client, path: str, status: int = 200) -> str:
    answer = web.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return str(answer.text)


def test_every_link_leads_somewhere_in_both_languages(web: httpx.Client) -> None:
    seen: set[str] = set()
    ahead = ["/", "/en/"]
    while ahead and len(seen) < 400:
        path = ahead.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = web.get(path)
        assert answer.status_code == 200, path
        if answer.headers["content-type"].startswith("text/html") and "report." not in path:
            ahead += [link for link in Links(answer.text).found if link not in seen]
    assert {"/", "/en/", "/needs", "/help", "/feed.atom"} <= {
        address.split("?")[0] for address in seen
    }
    assert any("/proof/" in address for address in seen)


def test_chinese_comes_first_and_english_is_one_click_away(web: httpx.Client) -> None:
    page = read(web, "/?heading=ended&q=社区")
    assert '<html lang="zh-CN">' in page
    assert "已结束" in page
    (other,) = set(re.findall(r'class="lang" href="([^"]+)" hreflang', page))
    english = read(web, other.replace("&amp;", "&"))
    assert '<html lang="en">' in english
    assert "Ended" in english
    assert other.startswith("/en/?heading=ended")


def test_the_board_counts_what_the_database_holds(web: httpx.Client, demo: Demo) -> None:
    page = read(web, "/")
    ended = HEADING_NAMES[Heading.ENDED].zh
    total = sum(demo.summary["projects"].values())
    assert re.search(rf"{ended} <b>{total}</b>", page)
    assert page.count('class="card"') == total


def test_the_board_is_filtered_by_street_category_text_and_day(web: httpx.Client) -> None:
    with unit_of_work() as session:
        project = session.exec(select(Project).order_by(col(Project.code))).first()
    assert project is not None
    day = project.created_at.date().isoformat()
    for query in (
        f"street={project.street_code}",
        f"category={project.category}",
        f"q={project.code.lower()}",
        f"q={project.title[-6:]}",
        f"since={day}&until=2199-01-01",
    ):
        assert project.code in read(web, f"/?{query}"), query
    assert project.code not in read(web, "/?until=2001-01-01")


def test_nothing_found_explains_itself(web: httpx.Client) -> None:
    assert "没有符合条件的项目" in read(web, "/?q=不存在的事")
    assert "No need matches" in read(web, "/en/needs?q=nothing-like-it")


def test_what_is_typed_is_shown_as_text(web: httpx.Client) -> None:
    page = read(web, "/?q=<script>alert(1)</script>")
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/?heading=lost", 422, "没有“lost”这个选项"),
        ("/en/?since=some+day", 422, "not understood"),
        ("/projects/LC-1999-0001", 404, "没有找到"),
        ("/en/needs/N-1", 404, "There is no"),
        ("/nowhere", 404, "没有内容"),
        ("/projects/LC-1999-0001/proof/first", 422, "无法识别"),
    ],
)
def test_what_cannot_be_shown_says_why(
    web: httpx.Client, path: str, status: int, words: str
) -> None:
    assert words in read(web, path, status)


def test_every_answer_carries_the_headers_and_no_page_needs_inline_script(
    web: httpx.Client,
) -> None:
    for path in ("/", "/needs", "/help", "/nowhere", "/feed.atom"):
        answer = web.get(path)
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, (path, name)
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style", answer.text), path


def test_a_closed_project_shows_what_came_of_it(web: httpx.Client) -> None:
    with unit_of_work() as session:
        project = session.exec(select(Project).where(Project.status == "closed")).first()
    assert project is not None
    page = read(web, f"/projects/{project.code}")
    for words in ("榜单内容", "承榜", "开标记录", "里程碑", "考榜结果", "来自这些需求", "全过程"):
        assert words in page, words
    assert "street-" not in page
    assert "expert-" not in page


def test_a_proof_is_recomputed_and_a_changed_entry_shows(web: httpx.Client, finished: str) -> None:
    assert finished
    with unit_of_work() as session:
        entry = session.exec(
            select(AuditEntry).where(AuditEntry.action == "project.publish_call")
        ).first()
    assert entry is not None
    path = f"/projects/{entry.subject}/proof/{entry.position}"
    page = read(web, path)
    assert "完全一致" in page
    assert str(entry.hash) in page
    with unit_of_work() as session:
        session.execute(
            text('UPDATE audit_entry SET facts = facts || \'{"after": "closed"}\' WHERE id = :id'),
            {"id": entry.id},
        )
    assert "不一致" in read(web, path)


def test_an_entry_that_is_not_public_has_no_page(web: httpx.Client) -> None:
    with unit_of_work() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "bid.submitted")).first()
    assert entry is not None
    read(web, f"/projects/{entry.subject}/proof/{entry.position}", 404)


def test_the_register_says_what_became_of_each_need(web: httpx.Client) -> None:
    with unit_of_work() as session:
        answered = session.exec(select(Need).where(Need.status == "answered")).first()
        merged = session.exec(select(Need).where(Need.status == "merged")).first()
    assert answered is not None
    assert merged is not None
    assert "已回应" in read(web, f"/needs/{answered.code}")
    assert "LC-" in read(web, f"/needs/{answered.code}")
    assert "已并入" in read(web, f"/needs/{merged.code}")


def test_pages_of_the_register_hold_every_need_once(web: httpx.Client) -> None:
    seen: list[str] = []
    path = "/needs"
    while path:
        page = read(web, path)
        seen += re.findall(r'class="code"><a href="/needs/([^"]+)"', page)
        onward = re.search(r'href="([^"]+)" rel="next"', page)
        path = onward[1].replace("&amp;", "&") if onward else ""
    with unit_of_work() as session:
        codes = session.exec(select(Need.code)).all()
    assert len(codes) > NEEDS_PAGE
    assert sorted(seen) == sorted(codes)


def test_the_feed_is_atom_and_links_to_the_projects(web: httpx.Client, demo: Demo) -> None:
    feed = ElementTree.fromstring(read(web, "/feed.atom"))
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == len({entry.findtext(f"{ATOM}id") for entry in entries}) == 60
    links = {entry.find(f"{ATOM}link").attrib["href"] for entry in entries}  # type: ignore[union-attr]
    assert 1 < len(links) <= sum(demo.summary["projects"].values())
    for link in links:
        read(web, "/projects/" + link.rpartition("/")[2])
    newest = entries[0].findtext(f"{ATOM}updated")
    assert feed.findtext(f"{ATOM}updated") == newest


@pytest.mark.parametrize("path", ["/", "/?heading=open", "/needs", "/feed.atom"])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    web: httpx.Client, counted: list[str], path: str
) -> None:
    read(web, path)
    whole = len(counted)
    counted.clear()
    read(web, f"{path}{'&' if '?' in path else '?'}q=不存在的事")
    assert whole - len(counted) <= 1
    assert whole < 12


def test_an_empty_board_explains_itself(fresh_web: httpx.Client) -> None:
    assert "没有符合条件的项目" in read(fresh_web, "/")


@pytest.mark.usefixtures("database")
def test_a_draft_is_not_public(fresh_web: httpx.Client) -> None:
    project = new_project("还在起草")
    assert project.title not in read(fresh_web, "/")
    read(fresh_web, f"/projects/{project.code}", 404)


@pytest.mark.usefixtures("database")
def test_nothing_of_a_bid_is_shown_before_the_opening(fresh_web: httpx.Client) -> None:
    walk = Walk(new_project("密封"))
    walk.to_bidding()
    from tests.database.bid.bidding import begin, content, submit

    letter = content(walk, 1)
    letter.plan = "雪松计划：每周两次，全程留痕，按月小结。"
    receipt = submit(walk, begin(walk, 1), 1, letter)
    code = walk.project.code
    for path in ("/", f"/projects/{code}", "/feed.atom", f"/?q={code}", f"/en/projects/{code}"):
        page = read(fresh_web, path)
        for word in ("雪松计划", receipt.number, receipt.commitment):
            assert word not in page, (path, word)
    with unit_of_work() as session:
        call = session.exec(select(Call)).one()
    assert call.problem in read(fresh_web, f"/projects/{code}")


@pytest.mark.usefixtures("database")
def test_calls_that_close_first_come_first_and_each_page_goes_on(fresh_web: httpx.Client) -> None:
    for number in range(3):
        Walk(new_project(f"第 {number} 个", number), seed=number).to_bidding()
    with unit_of_work() as session:
        calls = session.exec(select(Call).order_by(col(Call.closes_at))).all()
        codes = {project.id: project.code for project in session.exec(select(Project)).all()}
        wanted = [codes[call.project_id] for call in calls]
    page = read(fresh_web, "/?heading=open")
    assert re.findall(r'href="/projects/([^"]+)"', page) == wanted
    assert "还剩" in page
    second = read(fresh_web, f"/?heading=open&after={wanted[0]}")
    assert re.findall(r'href="/projects/([^"]+)"', second) == wanted[1:]


def test_personal_data_in_what_people_typed_is_masked(fresh_web: httpx.Client) -> None:
    new_project("请联系 13812345678 王大爷")
    with unit_of_work() as session:
        need = session.exec(select(Need)).one()
    page = read(fresh_web, f"/needs/{need.code}")
    assert "138****5678" in page
    assert "13812345678" not in page + read(fresh_web, "/needs")


def test_the_web_says_that_it_is_alive(web: httpx.Client) -> None:
    assert read(web, "/healthz") == "ok"
