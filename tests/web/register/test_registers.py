"""The pages and operations of registers, by toys that are nothing but declarations."""

import io
import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from openpyxl import Workbook, load_workbook
from playwright.sync_api import Browser, FilePayload, Page, expect
from sqlmodel import select

from api.forms import NEVER_KEPT
from api.view import _OF_THE_PAGE
from api.visitors import COOKIE
from models import AuditEntry, Community, Person, WebSession
from models.session import unit_of_work
from services.identity.secrets import token_digest
from services.register.catalogue import RESERVED
from tests.browsing import carry_axe, chromium, follow, violations
from tests.toy.closed_register import CIRCLE
from tests.toy.registers import CLUBS
from tests.web.visitor import Visitor
from tests.web.world import World

CONFIDED = "只对书记说过的话"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def club(world: World, **values: str) -> dict[str, str]:
    """Return a club as it is typed."""
    place = world.projects["bidding"].community_code
    return {"name": "晨曦棋社", "pastime": "chess", "community": place, "members": "12"} | values


def add(world: World, served: str, **values: str) -> str:
    """Add a club by its form and return the path of its page."""
    secretary = Visitor(served, world.people["secretary"])
    answer = secretary.post("/registers/toy-clubs/new", **club(world, **values))
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0]


def test_a_form_without_what_is_needed_says_so_at_each_field(world: World, served: str) -> None:
    secretary = Visitor(served, world.people["secretary"])
    answer = secretary.post("/registers/toy-clubs/new", name="社", members="很多", about="保留的话")
    assert answer.status_code == 422
    assert set(re.findall(r'id="w-(\w+)"', answer.text)) == {
        *("name", "pastime", "community", "members")
    }
    assert "保留的话</textarea>" in answer.text


def test_two_who_change_an_entry_do_not_overwrite_each_other(world: World, served: str) -> None:
    path = add(world, served, name="先后棋社")
    first, second = (Visitor(served, world.people[who]) for who in ("secretary", "administrator"))
    form = club(world, name="先后棋社")
    assert re.search(r'name="version" value="1"', second.read(f"{path}/change"))
    assert first.post(f"{path}/change", **form, version="1", about="先改").status_code == 303
    late = second.post(f"{path}/change", **form, version="1", about="后改")
    assert late.status_code == 412
    assert "现在登记的是" in late.text
    assert "先改" in late.text
    assert ">后改</textarea>" in late.text
    assert re.search(r'name="version" value="2"', late.text)
    assert second.post(f"{path}/change", **form, version="2", about="后改").status_code == 303
    page = second.read(path)
    assert "先改" in page
    assert "第 3 版" in page


def test_a_half_typed_entry_is_kept(world: World, served: str) -> None:
    secretary = Visitor(served, world.people["secretary"])
    path = "/registers/toy-clubs/new"
    secretary.post("/drafts", form=path, about="还没有写完", quiet="1")
    assert "还没有写完</textarea>" in secretary.read(path)


def test_programs_add_once_read_by_tag_and_overwrite_nothing(world: World, served: str) -> None:
    path = "/registers/toy-clubs"
    with world.program(served, "secretary") as program:
        sent = club(world, name="程序棋社")
        key = {"Idempotency-Key": "club-1"}
        answers = [program.post(path, json=sent, headers=key) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].json() == answers[1].json()
        entry = f"{path}/{answers[0].json()['id']}"
        shown = program.get(entry)
        tag = {"If-None-Match": shown.headers["ETag"]}
        assert program.get(entry, headers=tag).status_code == 304
        changed = sent | {"members": 13}
        assert program.put(entry, json=changed).status_code == 428
        with world.program(served, "expert") as stranger:
            assert stranger.put(entry, json=changed).status_code == 403
        match = {"If-Match": shown.headers["ETag"]}
        assert program.put(entry, json=changed, headers=match).json()["members"] == 13
        assert program.put(entry, json=changed, headers=match).status_code == 412
        assert program.post(f"{entry}/end", json={}).status_code == 204
        assert program.post(f"{entry}/end", json={}).status_code == 422
        versions = program.get(f"{entry}/versions").json()["items"]
        assert [version["version"] for version in versions] == [3, 2, 1]
        assert versions[1]["changes"] == [{"column": "members", "before": 12, "after": 13}]
        listed = program.get(path, params={"q": "程序", "standing": "over"}).json()
        assert [item["name"] for item in listed["items"]] == ["程序棋社"]
        assert listed["next"] is None


def test_what_is_personal_is_in_no_answer_to_the_public(world: World, served: str) -> None:
    path = add(world, served, name="负责人棋社", leader="王建国", meets_on="2027-01-05")
    here = Visitor(served, world.people["secretary"])
    assert "王建国" in here.read(path)
    with world.program(served, "secretary") as program:
        assert "王建国" in program.get(path).text
    with unit_of_work() as session:
        login = world.people["secretary"]
        keeper = session.exec(select(Person.name).where(Person.login == login)).one()
    assert keeper in here.read(path).partition("第 1 版")[2]
    for who in ("", world.people["secretary elsewhere"], world.people["expert"]):
        visitor = Visitor(served, who)
        for page in (
            path,
            *(CLUBS.path + rest for rest in ("", ".csv", ".json", ".ics", "?q=王建国")),
        ):
            assert "王建国" not in visitor.read(page).replace('value="王建国"', ""), page
        # Nor who keeps it.
        assert keeper not in visitor.read(path)
    with world.program(served, "anonymous") as program:
        assert "王建国" not in program.get(path).text
        assert program.get(f"{path}/versions").json()["items"][0]["recorded_by"] is None


def test_a_closed_register_is_in_no_answer_but_its_own_pages(
    world: World, served: str, caplog: pytest.LogCaptureFixture
) -> None:
    secretary = Visitor(served, world.people["secretary"])
    place = world.projects["bidding"].community_code
    form = {"login": "expert-3", "community": place, "nickname": "小王", "confided": CONFIDED}
    refused = secretary.post(f"{CIRCLE.path}/new", **form | {"nickname": "王"})
    assert refused.status_code == 422
    assert CONFIDED in refused.text
    answer = secretary.post(f"{CIRCLE.path}/new", **form)
    path = answer.headers["location"].partition("?")[0]
    assert CONFIDED in secretary.read(path)
    assert 'name="q"' not in secretary.read(CIRCLE.path)
    for form_ in ("csv", "xlsx", "json", "ics"):
        assert secretary.client.get(f"{CIRCLE.path}.{form_}").status_code == 404
    with world.program(served, "secretary") as program:
        for rest in ("", f"/{path.rpartition('/')[2]}"):
            assert program.get(CIRCLE.path + rest).status_code == 404
        assert "toy-circle" not in program.get("/openapi.json").text
    for page in (
        "/?q=小王",
        "/needs?q=小王",
        "/organisations?q=小王",
        "/registers/toy-clubs?q=小王",
    ):
        assert CONFIDED not in Visitor(served).read(page)
    assert secretary.client.get(path).headers["Cache-Control"] == "private, no-store"
    assert CONFIDED not in caplog.text
    with unit_of_work() as session:
        looks = session.exec(
            select(AuditEntry).where(
                AuditEntry.action == "register.seen",
                AuditEntry.subject == path.removeprefix("/registers/"),
            )
        ).all()
    assert len(looks) == 2


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


def page_of(browser: Browser, world: World, served: str, who: str) -> Page:
    world.client(served, who).close()
    context = browser.new_context(viewport={"width": 390, "height": 844})
    context.add_cookies([{"name": COOKIE, "value": world.cookies[who], "url": served}])
    carry_axe(context)
    return context.new_page()


def workbook(*rows: tuple[object, ...]) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.browser
def test_in_a_browser_a_file_is_mapped_previewed_taken_and_mended(
    browser: Browser, world: World, served: str
) -> None:
    with unit_of_work() as session:
        place = session.get_one(Community, world.projects["bidding"].community_code).code
    content = workbook(
        ("社团人数", "名称", "社区", "爱好"),
        (12, "文件棋社", place, "棋"),
        (0, "空棋社", place, "棋"),
    )
    page = page_of(browser, world, served, "secretary")
    page.goto(f"{served}/en{CLUBS.path}")
    follow(page, page.get_by_role("link", name="Import a file"))
    assert violations(page) == []
    page.get_by_label("File").set_input_files(
        FilePayload(name="clubs.xlsx", mimeType=XLSX, buffer=content)
    )
    follow(page, page.get_by_role("button", name="Show the preview"))
    expect(page.get_by_text("Nothing has changed yet.")).to_be_visible()
    page.get_by_label("Members").select_option(label="社团人数")
    follow(page, page.get_by_role("button", name="Assign"))
    expect(page.get_by_text("new 1", exact=True)).to_be_visible()
    expect(page.get_by_text("Members: Must be 1 or more.")).to_be_visible()
    assert violations(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    follow(page, page.get_by_role("button", name="Import: 1"))
    expect(page.get_by_text("Added: 1, changed: 0, known: 0.")).to_be_visible()
    assert violations(page) == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Excel").click()
    sheet = load_workbook(io.BytesIO(download.value.path().read_bytes())).worksheets[0]
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert rows[1][:4] == ["0", "空棋社", place, "棋"]
    assert "Must be 1 or more" in str(rows[1][4])
    page.context.close()


def test_a_file_is_refused_with_what_to_do(world: World, served: str) -> None:
    secretary = Visitor(served, world.people["secretary"])
    path = f"{CLUBS.path}/imports"
    token = re.search(r'name="csrf" value="(\w+)"', secretary.read(path))
    assert token

    def send(**files: tuple[str, bytes]) -> httpx.Response:
        return secretary.client.post(path, data={"csrf": token[1]}, files=files or None)

    assert "请选择一个文件" in send().text
    refused = send(file=("a.pdf", b"%PDF-1.7"))
    assert refused.status_code == 422
    assert "不支持 a.pdf" in refused.text


def test_a_filter_sent_with_empty_fields_finds_everything(world: World, served: str) -> None:
    """A browser sends every field of a filter, the empty ones too."""
    path = add(world, served, name="筛选棋社")
    visitor = Visitor(served)
    assert "筛选棋社" in visitor.read(f"{CLUBS.path}?q=筛选&pastime=&is_open=&standing=counts&on=")
    assert "第 1 版" in visitor.read(f"{path}?on=")
    assert "2200-12-31" in visitor.read(f"{path}?on=9999-12-31", 422)


def test_a_yes_or_no_has_its_default_and_keeps_what_was_chosen(world: World, served: str) -> None:
    secretary = Visitor(served, world.people["secretary"])
    options = re.compile(r'name="is_open".*?</select>', re.S)
    (new,) = options.findall(secretary.read("/registers/toy-clubs/new"))
    assert re.findall(r'value="(\w*)"( selected)?', new) == [("true", " selected"), ("false", "")]
    path = add(world, served, name="不收新人的社", is_open="false")
    (known,) = options.findall(secretary.read(f"{path}/change"))
    assert re.findall(r'value="(\w*)"( selected)?', known) == [("true", ""), ("false", " selected")]


def test_who_is_asked_who_they_are_goes_back_to_the_form(world: World, served: str) -> None:
    administrator = Visitor(served, world.people["administrator"])
    token = administrator.client.cookies[COOKIE]
    with unit_of_work() as session:
        query = select(WebSession).where(WebSession.digest == token_digest(token))
        session.exec(query).one().proved_at -= timedelta(days=1)
    page = administrator.post("/registers/ties/new", login="expert-2")
    assert page.status_code == 403
    assert 'href="/registers/ties/new"' in page.text
    assert "/admin/people" not in page.text.partition("<main")[2].partition("</main>")[0]


def test_no_column_is_called_as_what_forms_keep_to_themselves() -> None:
    assert NEVER_KEPT | _OF_THE_PAGE | {"csrf", "done"} <= RESERVED
