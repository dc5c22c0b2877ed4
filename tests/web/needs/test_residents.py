"""Residents report and support needs, and answer by a printed code, all without an account."""

import io
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import segno
from pypdf import PdfReader
from sqlmodel import col, select

from analytics.snapshot import reading
from domain.award.scoring import Party
from domain.gates import GateKind
from domain.lifecycle import Stage
from models import (
    AssessmentResponse,
    AssessmentResult,
    Community,
    Gate,
    Need,
    Person,
    Project,
    ResidentToken,
)
from models.session import unit_of_work
from services.assess import assessments
from services.assess.resident_tokens import SheetsCreate, TokenSheet, issue_sheets
from services.clock import move_demo_clock
from services.public.publish_snapshot import publish_snapshot
from tests.builders import actor, assessing, new_need
from tests.web.visitor import Visitor

pytestmark = pytest.mark.usefixtures("database")


def told(community: str, **changes: str) -> dict[str, str]:
    return {
        "title": "楼道的灯坏了，晚上看不见路",
        "description": "三单元一到四层的灯都不亮，老人不敢出门。",
        "category": "property",
        "community": community,
    } | changes


def community() -> str:
    with unit_of_work() as session:
        return session.exec(select(Community.code).order_by(col(Community.code))).first() or ""


def test_a_need_is_reported_without_an_account_and_followed_by_its_number(served: str) -> None:
    visitor = Visitor(served)
    answer = visitor.post("/report", **told(community()))
    assert answer.status_code == 303
    page = visitor.read(answer.headers["location"])
    assert "请记下编号" in page
    assert "楼道的灯坏了" in page
    with unit_of_work() as session:
        need = session.exec(select(Need)).one()
    assert (need.source, need.supporters, need.status.value) == ("portal", 1, "registered")


def test_a_report_that_lacks_something_gives_back_what_was_typed(served: str) -> None:
    visitor = Visitor(served)
    answer = visitor.post("/report", **told("", title="灯"))
    assert answer.status_code == 422
    assert "至少 4 个字" in answer.text
    assert "三单元一到四层" in answer.text
    unknown = visitor.post("/report", **told("370200000000"))
    assert "请选择所在的社区" in unknown.text


def test_what_was_reported_before_is_shown_to_be_supported(served: str) -> None:
    code = community()
    Visitor(served).post("/report", **told(code))
    second = Visitor(served)
    almost = told(code, title="楼道的灯坏了，晚上看不清路")
    shown = second.post("/report", **almost)
    assert shown.status_code == 200
    assert "类似的需求" in shown.text
    (path,) = re.findall(r'action="(/needs/[^"]+/support)"', shown.text)
    assert second.post(path).headers["location"].endswith("done=supported")
    assert second.post(path).headers["location"].endswith("done=supported-before")
    anyway = second.post("/report", **almost, new="1")
    assert anyway.status_code == 303
    with unit_of_work() as session:
        needs = session.exec(select(Need).order_by(col(Need.code))).all()
    assert [need.supporters for need in needs] == [2, 1]


def test_the_very_same_report_is_supported_and_not_doubled(served: str) -> None:
    code = community()
    first = Visitor(served).post("/report", **told(code))
    second = Visitor(served).post("/report", **told(code), new="1")
    assert second.headers["location"] == first.headers["location"]
    with unit_of_work() as session:
        assert session.exec(select(Need.supporters)).all() == [2]


def test_needs_reported_at_once_get_numbers_of_their_own(served: str) -> None:
    code = community()
    visitors = [Visitor(served) for _ in range(8)]

    def report(number: int) -> str:
        values = told(code, title=f"第 {number} 件事需要有人管", description=f"第 {number} 件")
        return str(visitors[number].post("/report", **values, new="1").headers["location"])

    with ThreadPoolExecutor(8) as pool:
        places = set(pool.map(report, range(8)))
    assert len(places) == 8


def test_a_need_that_is_answered_takes_no_more_support(served: str) -> None:
    need = new_need()
    with unit_of_work() as session:
        session.exec(select(Need)).one().status = "answered"  # type: ignore[assignment]
    assert "我也需要" not in Visitor(served).read(f"/needs/{need.code}")
    assert Visitor(served).post(f"/needs/{need.code}/support").status_code == 403


def sheets_for(project: Project, count: int) -> list[TokenSheet]:
    with unit_of_work() as session:
        return issue_sheets(
            session,
            code=project.code,
            actor=actor(f"secretary-{project.community_code}-1"),
            wanted=SheetsCreate(count=count),
        )


@pytest.mark.in_process
@pytest.mark.rule("Assess 考榜")
def test_sheets_are_printed_and_each_code_counts_once(
    served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = assessing().project
    secretary = Visitor(served, f"secretary-{project.community_code}-1")
    path = f"/desk/{project.code}/assess-event-r1/sheets"
    refused = secretary.post(path, count="9")
    assert refused.status_code == 422
    assert "居民的手机打不开" in refused.text
    pdf = secretary.post(path, count="9", anyway="yes")
    assert pdf.headers["content-type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(pdf.content)).pages
    assert len(pages) == 2
    assert "请您评一评" in pages[0].extract_text()
    assert "请填写整数" in secretary.post(path, count="none", anyway="yes").text
    assert "须不大于 200" in secretary.post(path, count="201", anyway="yes").text
    monkeypatch.setenv("JIEBANG_PUBLIC_URL", "https://jiebang.example")
    assert "仍要印发" not in secretary.read(path.removesuffix("/sheets"))
    coded: list[str] = []
    make = segno.make

    def noting(address: str, **how: Any) -> segno.QRCode:
        coded.append(address)
        return make(address, **how)

    monkeypatch.setattr("reports.sheets.segno.make", noting)
    assert secretary.post(path, count="1").headers["content-type"] == "application/pdf"
    assert [address.rpartition("/")[0] for address in coded] == ["https://jiebang.example/r"]
    stranger = Visitor(served, "expert-1")
    assert stranger.post(path, count="9", anyway="yes").status_code == 403

    (sheet,) = sheets_for(project, 1)
    assert sheet.number == 11
    resident = Visitor(served)
    page = resident.read(f"/r/{sheet.token}")
    names = sorted(set(re.findall(r'type="radio" name="([a-z]+)"', page)))
    assert names == ["satisfaction", "usefulness"]
    half = resident.post(f"/r/{sheet.token}", satisfaction="80")
    assert half.status_code == 422
    assert "请选一个" in half.text
    given = resident.post(f"/r/{sheet.token}", satisfaction="80", usefulness="100")
    assert given.status_code == 303
    again = Visitor(served).client.get(f"/r/{sheet.token}")
    assert again.status_code == 403
    assert "已经提交过" in again.text
    assert "不能这样做" not in again.text
    assert resident.post(f"/r/{sheet.token}", satisfaction="1", usefulness="1").status_code == 403
    with unit_of_work() as session:
        row = session.exec(select(AssessmentResponse)).one()
        used = session.exec(select(ResidentToken).where(ResidentToken.number == 11)).one()
    assert row.marks == {"satisfaction": "80", "usefulness": "100"}
    assert (row.on_paper, row.respondent) == (False, f"token:{used.id}")
    assert sheet.token not in f"{used.digest}{used.id}"


@pytest.mark.rule("Assess 考榜")
def test_answers_that_look_alike_are_all_counted_and_shown_to_who_confirms_the_result(
    served: str,
) -> None:
    walk = assessing()
    words = "服务人员很热心，电话 13812345678"
    somebody = Visitor(served)
    for sheet in sheets_for(walk.project, 3):
        somebody.post(f"/r/{sheet.token}", satisfaction="100", usefulness="100", words=words)
    (other,) = sheets_for(walk.project, 1)
    Visitor(served).post(f"/r/{other.token}", satisfaction="60", usefulness="60")
    walk.through(Stage.ASSESS, GateKind.EVENT)
    walk.do(Stage.ASSESS, "compute", assessments.compute_result)
    gate = walk.open(Stage.ASSESS, GateKind.APPROVAL)
    page = Visitor(served, f"street-{walk.project.street_code}-1").read(
        f"/desk/{walk.project.code}/assess-approval-r1"
    )
    assert "3 份居民答卷来自同一台设备" in page
    assert "3 份居民答卷的留言相同" in page
    assert page.count("服务人员很热心，电话 138****5678") == 3
    assert "13812345678" not in page
    flags = [fact for fact in gate.dossier["facts"] if fact.get("kind") == "red_flag"]
    assert [(flag["public"], flag["value_en"]) for flag in flags] == [
        (False, "3 residents’ answers from one device"),
        (False, "3 residents’ answers with the same words"),
    ]
    assert flags[0]["value"] == "3 份居民答卷来自同一台设备"
    with unit_of_work() as session:
        rows = session.exec(
            select(AssessmentResponse).where(AssessmentResponse.party == Party.RESIDENTS)
        ).all()
        result = session.get_one(AssessmentResult, (walk.project_id, 1))
    parties = {party["party"]: party["answers"] for party in result.parties}
    assert parties["residents"] == len(rows) >= 4
    devices = [row.device for row in rows if row.device]
    assert len(set(devices)) == 2


def test_what_residents_add_is_read_by_who_confirms_the_result_and_by_nobody_else(
    served: str, tmp_path: Path
) -> None:
    walk = assessing()
    code = walk.project.code
    (sheet,) = sheets_for(walk.project, 1)
    Visitor(served).post(
        f"/r/{sheet.token}", satisfaction="60", usefulness="60", words="胡桃木轮椅坡道"
    )
    walk.through(Stage.ASSESS, GateKind.EVENT)
    walk.do(Stage.ASSESS, "compute", assessments.compute_result)
    walk.open(Stage.ASSESS, GateKind.APPROVAL)
    gate = f"/desk/{code}/assess-approval-r1"
    pages = ("/", f"/projects/{code}", gate, "/feed.atom", f"/desk/projects?q={code}", "/desk")
    leaks = set()
    with unit_of_work() as session:
        logins = session.exec(select(Person.login).where(col(Person.login).like("street-%-1")))
        elsewhere = min(set(logins.all()) - {f"street-{walk.project.street_code}-1"})
    for who in ("", "analyst-1", "operator-1", "organisation-05", elsewhere):
        visitor = Visitor(served, who)
        leaks |= {(who, path) for path in pages if "胡桃木" in visitor.client.get(path).text}
    assert leaks == set()
    assert "胡桃木轮椅坡道" in Visitor(served, f"street-{walk.project.street_code}-1").read(gate)
    with reading(publish_snapshot(tmp_path)) as snapshot:
        tables = snapshot.execute("SELECT table_schema, table_name FROM information_schema.tables")
        everything = "".join(
            str(snapshot.execute(f'SELECT * FROM "{schema}"."{name}"').fetchall())
            for schema, name in tables.fetchall()
        )
    assert code in everything
    assert "胡桃木" not in everything


def test_a_code_nobody_printed_says_what_to_do(served: str) -> None:
    page = Visitor(served).client.get("/r/made-up")
    assert page.status_code == 403
    assert "向社区索取新的答卷" in page.text


def test_an_administrator_lowers_the_minimum_and_the_public_reads_why(served: str) -> None:
    walk = assessing()
    code = walk.project.code
    (sheet,) = sheets_for(walk.project, 1)
    Visitor(served).post(f"/r/{sheet.token}", satisfaction="60", usefulness="60")
    with unit_of_work() as session:
        gate = session.exec(select(Gate).where(Gate.stage == Stage.ASSESS)).one()
        assert gate.due_at
        move_demo_clock(session, to=gate.due_at)
    office = Visitor(served, "administrator-1")
    assert code in office.read("/desk")
    page = office.read(f"/desk/{code}/assess-event-r1")
    assert "居民评价仍只有 1 份，至少需要 5 份" in page
    wrong = office.post(
        f"/desk/{code}/assess-event-r1/shortfall", remedy="lower", minimum="2", reason="居民外出。"
    )
    assert "请填写 3 到 4 之间的份数" in wrong.text
    assert "居民外出。" in wrong.text
    office.post(
        f"/desk/{code}/assess-event-r1/shortfall",
        remedy="lower",
        minimum="3",
        reason="居民外出，请联系 13800138000。",
    )
    public = Visitor(served).read(f"/projects/{code}")
    assert "居民评价不足，最少份数由 5 份降为 3 份" in public
    assert "居民外出" in public
    assert "13800138000" not in public
