"""Needs from files: good rows in, wrong rows to quarantine with a sentence, nothing lost."""

import json
from datetime import date
from pathlib import Path
from random import Random

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.formula import ArrayFormula
from sqlmodel import func, select

from demo.plan import assign_waiting_places
from demo.workbook import DUPLICATES, ROWS, write_workbook
from domain.errors import BadInput
from models import Need
from models.needs import NeedStatus
from models.session import unit_of_work
from services.needs.assign_places import apply_place_map
from services.needs.import_needs import mend_row
from tests.database.needs.needs_files import GOOD, HEAD, changed, csv_of, needs, quarantined, take
from tests.shell import ROOT

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def community() -> str:
    """A community of the district by the name people use."""
    return GOOD[1]


def test_the_demo_workbook_is_taken_whole(tmp_path: Path) -> None:
    path = tmp_path / "needs.xlsx"
    write_workbook(path, seed=1)
    batch = take(path).batch
    assert batch.rows == ROWS + DUPLICATES + 12
    assert batch.quarantined == 12
    assert batch.imported + batch.merged + batch.quarantined == batch.rows
    assert batch.merged >= DUPLICATES
    assert len({quarantined_row.rule for quarantined_row in quarantined()}) >= 8
    assert all(
        quarantined_row.zh and quarantined_row.en and quarantined_row.row > 2
        for quarantined_row in quarantined()
    )


def test_the_committed_workbook_is_what_its_writer_writes(tmp_path: Path) -> None:
    from services.needs.read_needs import read_needs

    write_workbook(tmp_path / "needs.xlsx")
    committed = ROOT / "demo" / "needs.xlsx"
    assert read_needs(committed).rows == read_needs(tmp_path / "needs.xlsx").rows


@pytest.mark.rule("Bad input")
def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    path = csv_of(tmp_path, GOOD)
    assert take(path).batch.id == take(path).batch.id
    assert len(needs()) == 1


@pytest.mark.rule("The lifecycle")
def test_an_exact_duplicate_is_merged_and_its_supporters_are_kept(tmp_path: Path) -> None:
    take(csv_of(tmp_path, GOOD, changed(4, "三单元 楼道灯坏了半年"), changed(2, "别的事情")))
    first, second, other = needs()
    assert (second.status, second.merged_into) == (NeedStatus.MERGED, first.id)
    assert first.supporters == 24
    assert other.status is NeedStatus.REGISTERED


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_every_usual_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    take(csv_of(tmp_path, GOOD, encoding=encoding))
    assert needs()[0].title == "楼道灯坏了"


@pytest.mark.parametrize(
    "text", ["2026-03-05", "2026.3.5", "2026年3月5日", "20260305", "二〇二六年三月五日"]
)
def test_every_usual_form_of_a_date_is_read(tmp_path: Path, text: str) -> None:
    take(csv_of(tmp_path, changed(6, text)))
    assert needs()[0].reported_on == date(2026, 3, 5)


@pytest.mark.rule("Bad input")
@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        (2, "", "title-missing"),
        (2, "长" * 121, "title-long"),
        (1, "", "community-missing"),
        (1, "桃花源社区", "community-unknown"),
        (0, "李村街道", "community-unknown"),
        (3, "天文观测", "category-unknown"),
        (5, "许多", "supporters-number"),
        (5, "=1+2", "supporters-number"),
        (6, "去年", "date-unreadable"),
        (6, "2026-13-01", "date-unreadable"),
        (6, "2099-01-01", "date-future"),
    ],
)
def test_a_wrong_row_waits_with_a_sentence_and_the_good_ones_go_on(
    tmp_path: Path, column: int, value: str, rule: str
) -> None:
    batch = take(csv_of(tmp_path, changed(column, value), changed(2, "好的一行"))).batch
    assert (batch.imported, batch.quarantined) == (1, 1)
    (quarantined_row,) = quarantined()
    assert (quarantined_row.rule, quarantined_row.row) == (rule, 2)
    assert quarantined_row.data["description"] == GOOD[4]


def test_a_misspelt_community_is_answered_with_a_suggestion(tmp_path: Path) -> None:
    take(csv_of(tmp_path, ("", "永年年路社区", *GOOD[2:])))
    assert "永年路社区" in quarantined()[0].zh


@pytest.mark.rule("Bad input")
def test_a_mended_row_is_imported_from_quarantine(tmp_path: Path) -> None:
    take(csv_of(tmp_path, changed(3, "天文观测")))
    (row,) = quarantined()
    with pytest.raises(BadInput, match="category"), unit_of_work() as session:
        mend_row(session, row_id=row.id, changes={"category": "海洋"}, actor="test")
    with unit_of_work() as session:
        mend_row(session, row_id=row.id, changes={"category": "养老"}, actor="test")
    assert needs()[0].category == "elderly"
    with pytest.raises(BadInput, match="already"), unit_of_work() as session:
        mend_row(session, row_id=row.id, changes={}, actor="test")


def test_a_formula_is_text_and_is_never_evaluated(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(HEAD)
    book.active.append((*GOOD[:2], '=HYPERLINK("http://x","点我")', *GOOD[3:]))
    book.save(tmp_path / "f.xlsx")
    take(tmp_path / "f.xlsx")
    assert needs()[0].title == '=HYPERLINK("http://x","点我")'


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "empty"),
        ("blank.csv", b"  \n \n", "empty"),
        ("head.csv", ",".join(HEAD).encode(), "no rows"),
        ("columns.csv", "需求标题,日期\n灯坏了,2026-01-01".encode(), "category, community"),
        ("broken.xlsx", b"PK\x03\x04 not a workbook", "not a valid workbook"),
        ("photo.png", b"\x89PNG", "not supported"),
        ("broken.json", b"[{", "not valid JSON"),
        ("other.json", b'{"a": 1}', "Open311"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput) as refused:
        take(tmp_path / name)
    assert words in refused.value.say("en")
    assert needs() == []


def requests(tmp_path: Path) -> Path:
    path = tmp_path / "requests.json"
    service_requests = [
        {
            "service_request_id": f"r{number}",
            "service_name": "Graffiti",
            "description": description,
            "requested_datetime": "2012-05-23T15:35:08-04:00",
            "address": f"{number} Olcott Blvd",
        }
        for number, description in enumerate(("On mailboxes", "", None), start=1)
    ]
    path.write_text(json.dumps(service_requests))
    return path


def test_open311_requests_wait_visibly_for_a_place(tmp_path: Path) -> None:
    batch = take(requests(tmp_path)).batch
    assert (batch.imported, batch.quarantined) == (3, 0)
    assert {need.status for need in needs()} == {NeedStatus.AWAITING_PLACE}
    assert [need.description for need in needs()] == ["On mailboxes", "Graffiti", "Graffiti"]


def test_the_demo_labels_the_places_it_assigns(tmp_path: Path) -> None:
    take(requests(tmp_path))
    with unit_of_work() as session:
        assert assign_waiting_places(session, Random(1)) == 3
    assert {need.status for need in needs()} == {NeedStatus.REGISTERED}
    assert all("演示指定地点" in need.place_text and need.community_code for need in needs())


def test_a_place_map_gives_places_by_reference_code_or_address(tmp_path: Path) -> None:
    take(requests(tmp_path))
    path = tmp_path / "map.csv"
    path.write_text(
        "reference,community\nr1,永年路社区\n2 Olcott Blvd,永年路社区\n", encoding="utf-8"
    )
    with unit_of_work() as session:
        assert apply_place_map(session, path=path, actor="test") == 2
    with unit_of_work() as session:
        left = select(func.count()).select_from(Need).where(Need.status == "awaiting_place")
        assert session.exec(left).one() == 1


def test_a_place_map_that_cannot_be_followed_changes_nothing(tmp_path: Path) -> None:
    take(requests(tmp_path))
    path = tmp_path / "map.csv"
    path.write_text("reference,community\nr1,永年路社区\nr2,桃花源\n", encoding="utf-8")
    with pytest.raises(BadInput), unit_of_work() as session:
        apply_place_map(session, path=path, actor="test")
    assert {need.status for need in needs()} == {NeedStatus.AWAITING_PLACE}


@pytest.mark.parametrize(
    "text", ["二〇二六年三月二五日", "二〇二六年一一月五日", "9" * 400, "2026年13月5日", "²0260305"]
)
def test_a_date_that_is_none_stops_only_its_row(tmp_path: Path, text: str) -> None:
    batch = take(csv_of(tmp_path, changed(6, text), GOOD)).batch
    assert (batch.imported, batch.quarantined) == (1, 1)
    assert quarantined()[0].rule == "date-unreadable"


@pytest.mark.parametrize("text", ["²", "9" * 30, "-3", "=1+1"])
def test_a_number_of_supporters_that_is_none_stops_only_its_row(tmp_path: Path, text: str) -> None:
    batch = take(csv_of(tmp_path, changed(5, text), GOOD)).batch
    assert (batch.imported, batch.quarantined) == (1, 1)
    assert quarantined()[0].rule == "supporters-number"


def test_a_byte_mark_before_other_bytes_does_not_stop_the_import(tmp_path: Path) -> None:
    path = csv_of(tmp_path, GOOD, encoding="gb18030")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    take(path)
    assert needs()[0].title == "楼道灯坏了"


def test_what_no_database_keeps_is_left_out_of_a_text(tmp_path: Path) -> None:
    path = requests(tmp_path)
    service_requests = json.loads(path.read_text())
    service_requests[0]["description"] = "broken \x00 lamp \ud800"
    path.write_text(json.dumps(service_requests))
    assert take(path).batch.imported == 3
    assert needs()[0].description == "broken  lamp ?"


def test_an_array_formula_is_the_text_that_was_typed(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEAD)
    sheet.append(GOOD)
    sheet["C2"] = ArrayFormula("C2", "=SUM(A1:A2)")
    path = tmp_path / "array.xlsx"
    book.save(path)
    take(path)
    assert needs()[0].title == "=SUM(A1:A2)"


def test_a_workbook_that_was_only_saved_again_changes_nothing(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEAD)
    sheet.append(GOOD)
    book.save(tmp_path / "first.xlsx")
    book.properties.creator = "somebody else"
    book.save(tmp_path / "again.xlsx")
    assert (tmp_path / "first.xlsx").read_bytes() != (tmp_path / "again.xlsx").read_bytes()
    assert take(tmp_path / "first.xlsx").batch.id == take(tmp_path / "again.xlsx").batch.id
    assert [need.supporters for need in needs()] == [12]


def test_an_open311_row_is_mended_and_keeps_its_reference(tmp_path: Path) -> None:
    path = requests(tmp_path)
    service_requests = json.loads(path.read_text())
    service_requests[0]["requested_datetime"] = "some day"
    path.write_text(json.dumps(service_requests))
    assert take(path).batch.quarantined == 1
    row = quarantined()[0]
    with unit_of_work() as session:
        mend_row(session, row_id=row.id, changes={"reported_on": "2012-05-23"}, actor="test")
    mended = next(need for need in needs() if need.source_ref == "r1")
    assert (mended.source, mended.status) == ("open311", NeedStatus.AWAITING_PLACE)


@pytest.mark.parametrize("line", [",永年路社区", "r1", "r1,"])
def test_a_line_of_a_place_map_that_lacks_something_is_named(tmp_path: Path, line: str) -> None:
    take(requests(tmp_path))
    path = tmp_path / "map.csv"
    path.write_text(f"reference,community\n{line}\n", encoding="utf-8")
    with pytest.raises(BadInput, match="Line 2"), unit_of_work() as session:
        apply_place_map(session, path=path, actor="test")
    assert {need.status for need in needs()} == {NeedStatus.AWAITING_PLACE}
