"""What a finished round leaves: the summary, the snapshot, the reports, the command line."""

import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from pypdf import PdfReader
from sqlalchemy import text
from sqlmodel import select
from typer.testing import CliRunner

from analytics.build import build, descriptions, models
from analytics.snapshot import reading, snapshot_file
from cli import app
from demo.summary import count
from domain.lifecycle import Status
from models import CorrectiveAction, Incident, Project
from models.session import unit_of_work
from reports.render import FORMATS, LANGS
from services.public.publish_snapshot import SnapshotRefused, publish_snapshot
from services.public.timeline import prove, timeline
from tests.conftest import Demo
from tests.round.snapshot_tables import commented, described


@pytest.mark.usefixtures("finished")
def test_the_summary_is_what_the_database_says(demo: Demo) -> None:
    with unit_of_work() as session:
        counted = count(session)
    assert {name: demo.summary[name] for name in counted} == counted


def test_the_round_has_everything_a_round_has(demo: Demo) -> None:
    summary = demo.summary
    assert sum(summary["projects"].values()) == 12
    assert summary["projects"]["rejected"] == 1
    assert summary["projects"]["no_award"] == 1
    assert summary["projects"]["closed"] == 9
    assert summary["projects"]["terminated"] == 1
    assert (summary["complaints"], summary["healed"], summary["exits"]) == (1, 1, 1)
    assert (summary["objections_upheld"], summary["objections_dismissed"]) == (1, 1)
    assert (summary["recusals"], summary["reserves_seated"]) == (1, 1)
    assert (summary["panel_meetings"], summary["blind_readings"]) == (1, 1)
    assert summary["consortium_wins"] >= 1
    assert summary["paper_answers"] >= 9 * 5
    assert summary["red_entries"] >= 1
    assert summary["black_entries"] >= 1
    assert summary["organisations"] == 20
    assert summary["consortia"] >= 1
    assert summary["returned"] >= 2
    assert summary["repairs"] >= 1
    assert summary["checks_failed"] >= 1
    assert summary["late_bids_refused"] >= 1
    assert summary["quarantined_rows"] == 12
    assert summary["reports"] == 12 * len(LANGS) * len(FORMATS)
    assert summary["open_incidents"] == 0
    assert summary["audit_ok"] is True
    # A month without a black entry has nobody to wait for.
    assert summary["suspensions"] >= summary["gates_decided"] - summary["lists"]


@pytest.mark.usefixtures("finished")
def test_every_gate_was_passed_and_every_run_is_finished() -> None:
    with unit_of_work() as session:
        for table, wrong in (
            ("gate", "passed_at IS NULL OR outcome IS NULL OR parked_wake <> wake"),
            ("gate", "parked_wake = 0 AND (stage, kind) <> ('list', 'timer')"),
            ("process_run", "finished_at IS NULL OR generation <> 1"),
        ):
            left = session.execute(text(f"SELECT count(*) FROM {table} WHERE {wrong}")).scalar_one()
            assert left == 0, table


@pytest.mark.usefixtures("finished")
def test_money_reconciles_in_every_closed_project() -> None:
    with unit_of_work() as session:
        rows = session.execute(
            text(
                "SELECT a.amount, sum(m.amount), bool_and(m.released_at IS NOT NULL), w.price"
                " FROM agreement a JOIN milestone m ON m.agreement_id = a.id"
                " JOIN award w ON w.bid_id = a.bid_id AND w.confirmed_at IS NOT NULL"
                " JOIN project p ON p.id = a.project_id AND p.status = 'closed'"
                " GROUP BY a.id, w.price"
            )
        ).all()
    assert len(rows) == 9
    assert all(amount == parts == price and paid for amount, parts, paid, price in rows)


@pytest.mark.rule("Deliver")
@pytest.mark.usefixtures("finished")
def test_of_a_terminated_project_only_what_was_accepted_is_paid() -> None:
    with unit_of_work() as session:
        rows = session.execute(
            text(
                "SELECT m.accepted_amount, m.released_at FROM milestone m"
                " JOIN project p ON p.id = m.project_id AND p.status = 'terminated'"
            )
        ).all()
    assert rows
    assert all((released is not None) is bool(accepted) for accepted, released in rows)


@pytest.mark.usefixtures("finished")
def test_what_went_wrong_is_on_the_public_timeline_and_can_be_proved(demo: Demo) -> None:
    texts: dict[str, set[str]] = {}
    with unit_of_work() as session:
        troubled = session.exec(select(CorrectiveAction)).all()
        for action in troubled:
            project = session.get_one(Project, action.project_id)
            moments = timeline(session, project.code)
            texts[action.status] = {moment.text.zh for moment in moments}
            positions = [moment.position for moment in moments if moment.position]
            proofs = [prove(session, project.code, position) for position in positions]
            assert len(proofs) == len(moments)
            assert all(proof.ok for proof in proofs)
    assert {"收到投诉", "投诉属实", "需要整改：投诉属实", "整改进入“已整改”"} <= texts["healed"]
    assert {"整改进入“干预指导”", "整改进入“退出交接”", "进入“已终止”"} <= texts["exited"]
    assert demo.summary["audit_ok"]


@pytest.mark.usefixtures("finished")
def test_what_was_decided_with_care_is_on_the_public_timeline_and_can_be_proved() -> None:
    texts: list[str] = []
    with unit_of_work() as session:
        for project in session.exec(select(Project)):
            moments = timeline(session, project.code)
            texts += [moment.text.zh for moment in moments]
            positions = [moment.position for moment in moments if moment.position]
            proofs = [prove(session, project.code, position) for position in positions]
            assert len(proofs) == len(moments)
            assert all(proof.ok for proof in proofs)
    wanted = (
        *(r"拟由 \d 家组织的联合体承接", "评审组一名成员回避", "候补成员递补进入评审组"),
        *("评审组就分差会商", "异议成立", "异议不成立", "整改进入“已整改”", "整改进入“退出交接”"),
        *(r"承接组织列入 HB-[\d-]+ 红榜", r"承接组织列入 HB-[\d-]+ 黑榜，已申辩"),
        r"考榜得分 [\d.]+；居民评价 \d+ 份，其中纸质 [1-9]\d* 份",
    )
    missing = [form for form in wanted if not any(re.fullmatch(form, text) for text in texts)]
    assert missing == []


@pytest.mark.rule("Consequences")
@pytest.mark.usefixtures("finished")
def test_no_quota_is_left_held_by_a_finished_round() -> None:
    with unit_of_work() as session:
        quota_left = session.execute(
            text(
                "SELECT sum(q.amount) FROM quota_entry q JOIN project p ON p.id = q.project_id"
                " WHERE p.status IN ('closed', 'terminated')"
            )
        ).scalar_one()
    assert quota_left == 0


@pytest.fixture
def snapshot(finished: str, tmp_path: Path) -> Path:
    assert finished
    return publish_snapshot(tmp_path)


def test_every_table_and_column_of_the_snapshot_is_commented(snapshot: Path) -> None:
    tables, columns = commented(snapshot)
    assert set(descriptions()) == {name for name, _ in models()}
    assert {name for name, _ in tables} == set(described())
    assert all(comment for _, comment in tables)
    assert {(table, column) for table, column, _ in columns} == {
        (table, column) for table, names in described().items() for column in names
    }
    assert all(comment for *_, comment in columns)


def test_the_marts_agree_with_the_database(snapshot: Path, demo: Demo) -> None:
    with reading(snapshot) as database:

        def one(sql: str) -> object:
            row = database.execute(sql).fetchone()
            assert row is not None
            return row[0]

        assert one("SELECT count(*) FROM marts.project_lifecycle") == 12
        assert (
            one("SELECT sum(suspensions) FROM marts.gate_decisions") == demo.summary["suspensions"]
        )
        assert one("SELECT sum(consortia) FROM marts.bid_competition") <= demo.summary["consortia"]
        assert one("SELECT count(*) FROM marts.assessment_results") == 36
        assert one("SELECT min(days) >= 0 FROM marts.stage_durations") is True
        with unit_of_work() as session:
            amount = session.execute(text("SELECT sum(amount) FROM agreement")).scalar_one()
        assert one("SELECT sum(agreed_yuan) FROM marts.project_lifecycle") == Decimal(amount)


def test_nobody_s_name_and_nothing_sealed_is_in_the_snapshot(snapshot: Path, finished: str) -> None:
    with unit_of_work() as session:
        names = set(session.execute(text("SELECT login FROM person UNION SELECT 'plan'")).scalars())
    assert finished
    with reading(snapshot) as database:
        for table in described():
            for row in database.execute(f"FROM {table}").fetchall():
                assert not names & {str(value) for value in row}
        columns = {column for names in described().values() for column in names}
    assert not {"person_id", "comment", "plan", "content", "nonce", "marks"} & columns


def test_parquet_lies_beside_the_snapshot(snapshot: Path) -> None:
    folder = snapshot.parent / "parquet"
    assert {path.stem for path in folder.iterdir()} == {
        table.partition(".")[2] for table in described()
    }
    with duckdb.connect() as database:
        counted = database.execute(f"SELECT count(*) FROM '{folder / 'project_lifecycle.parquet'}'")
        assert counted.fetchone() == (12,)


def test_the_duckdb_command_line_opens_the_snapshot(snapshot: Path) -> None:
    shown = subprocess.run(
        [
            str(Path(sys.executable).parent / "duckdb"),
            *("-readonly", "-csv", str(snapshot)),
            "SELECT status, count(*) FROM marts.project_lifecycle GROUP BY 1 ORDER BY 1",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.split() == [
        "status,count_star()",
        "closed,9",
        "no_award,1",
        "rejected,1",
        "terminated,1",
    ]


def test_a_snapshot_that_fails_its_checks_is_not_published(snapshot: Path, tmp_path: Path) -> None:
    before = snapshot.read_bytes()
    with unit_of_work() as session:
        session.execute(text("UPDATE gate SET decided_at = opened_at - interval '1 day'"))
    with pytest.raises(SnapshotRefused, match=r"gate_decisions\.order"):
        publish_snapshot(tmp_path)
    assert snapshot.read_bytes() == before
    assert [path.name for path in snapshot.parent.glob(".*")] == []
    with unit_of_work() as session:
        assert session.exec(select(Incident.kind)).all() == ["snapshot-refused"]


def test_a_reader_is_never_blocked_by_a_publication(snapshot: Path, tmp_path: Path) -> None:
    with reading(snapshot) as database:
        before = database.execute("SELECT count(*) FROM marts.project_lifecycle").fetchone()
        publish_snapshot(tmp_path)
        assert database.execute("SELECT count(*) FROM marts.project_lifecycle").fetchone() == before


def test_an_empty_district_has_an_empty_snapshot(database: str, tmp_path: Path) -> None:
    build(tmp_path / "empty.duckdb", database)
    with reading(tmp_path / "empty.duckdb") as empty:
        assert empty.execute("SELECT count(*) FROM marts.project_lifecycle").fetchone() == (0,)


CLOSED = "LC-2026-%"


def closed_code() -> str:
    with unit_of_work() as session:
        return (
            session.exec(
                select(Project.code).where(Project.status == Status.CLOSED).order_by(Project.code)
            ).first()
            or ""
        )


def jiebang(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.output


@pytest.fixture
def at(finished: str, tmp_path: Path) -> list[str]:
    assert finished
    return ["--data-dir", str(tmp_path)]


@pytest.mark.parametrize("lang", LANGS)
def test_a_pdf_report_holds_its_text_in_its_own_fonts(
    at: list[str], tmp_path: Path, lang: str
) -> None:
    code = closed_code()
    jiebang("reports", "build", code, "--format", "pdf", "--lang", lang, *at)
    (path,) = (tmp_path / "reports").glob(f"{code}.{lang}.*.pdf")
    pdf = PdfReader(path)
    words = "".join(page.extract_text() for page in pdf.pages)
    assert code in words
    assert {"zh": "四方考评", "en": "Four-party assessment"}[lang] in words
    fonts = {
        str(font["/BaseFont"])
        for page in pdf.pages
        for font in (reference.get_object() for reference in page["/Resources"]["/Font"].values())  # type: ignore[index]
    }
    assert fonts
    assert all("NotoSansSC" in font for font in fonts)


@pytest.mark.parametrize("lang", LANGS)
def test_an_html_report_shows_the_arithmetic_and_needs_nothing_from_outside(
    at: list[str], tmp_path: Path, lang: str
) -> None:
    code = closed_code()
    jiebang("reports", "build", code, "--format", "html", "--lang", lang, *at)
    (path,) = (tmp_path / "reports").glob(f"{code}.{lang}.*.html")
    html = path.read_text()
    assert not re.search(r"(?:src|href)=\"(?!#)", html)
    with unit_of_work() as session:
        value = session.execute(
            text(
                "SELECT r.value FROM assessment_result r JOIN project p ON p.id = r.project_id"
                " WHERE p.code = :code"
            ),
            {"code": code},
        ).scalar_one()
    assert f"<strong>{value}</strong>" in html
    assert "<svg" in html


def test_typed_text_is_escaped_in_a_report(at: list[str], tmp_path: Path) -> None:
    code = closed_code()
    with unit_of_work() as session:
        project = session.exec(select(Project).where(Project.code == code)).one()
        project.title = '<script>alert(1)</script> #image("/etc/passwd") *粗*'
    for form in FORMATS:
        jiebang("reports", "build", code, "--format", form, *at)
    (html,) = (tmp_path / "reports").glob(f"{code}.zh.*.html")
    assert "<script>" not in html.read_text()
    (pdf,) = (tmp_path / "reports").glob(f"{code}.zh.*.pdf")
    assert "#image" in PdfReader(pdf).pages[0].extract_text()


def test_every_reading_command_prints_json(at: list[str], demo: Demo) -> None:
    demo.lay_files(Path(at[1]))
    code = closed_code()
    assert len(json.loads(jiebang("projects", "list", "--json", *at))) == 12
    assert len(json.loads(jiebang("projects", "list", "--status", "closed", "--json", *at))) == 9
    shown = json.loads(jiebang("projects", "show", code, "--json", *at))
    assert shown["status"] == "closed"
    assert json.loads(jiebang("gates", "list", "--json", *at)) == []
    every = json.loads(jiebang("gates", "list", "--all", "--json", *at))
    assert len(every) == demo.summary["gates_decided"]
    gate = json.loads(jiebang("gates", "show", every[0]["gate"], "--json", *at))
    assert gate["decisions"] or gate["outcome"]
    assert json.loads(jiebang("audit", "verify", "--json", *at))["ok"] is True
    assert len(json.loads(jiebang("needs", "quarantine", "--json", *at))) == 12
    assert snapshot_file(Path(at[1])).exists() is False
    built = json.loads(jiebang("analytics", "build", "--json", *at))
    assert Path(built["duckdb"]).exists()
    counted = jiebang("analytics", "query", "SELECT 1 AS one", "--json", *at)
    assert json.loads(counted) == [{"one": 1}]


def test_tables_are_printed_for_people(at: list[str]) -> None:
    code = closed_code()
    for arguments in (("projects", "list"), ("projects", "show", code), ("gates", "list", "--all")):
        assert code in jiebang(*arguments, *at).replace("\n", "") or "LC-" in jiebang(
            *arguments, *at
        )


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (["projects", "show", "LC-1"], "LC-1", 2),
        (["gates", "decide", "LC-1", "approve", "--as", "expert-1"], "LC-1", 2),
        (["gates", "show", "nothing"], "nothing", 2),
        (["projects", "list", "--status", "sleeping"], "sleeping", 2),
        (["needs", "import", "nowhere.xlsx"], "nowhere.xlsx", 2),
        (["reports", "build", "LC-1", "--format", "docx"], "html", 2),
        (["analytics", "query", "SELECT nothing"], "analytics build", 2),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else None,
)
def test_an_error_is_one_sentence_and_no_traceback(
    at: list[str], arguments: list[str], words: str, code: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from cli import main; main()", *arguments, *at],
        env={**os.environ, "JIEBANG_LANG": "en"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_command_without_a_stack_says_how_to_start_one(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "JIEBANG_DATABASE_URL"}
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from cli import main; main()",
            "gates",
            "list",
            "--data-dir",
            str(tmp_path),
        ],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "jiebang up" in done.stderr
