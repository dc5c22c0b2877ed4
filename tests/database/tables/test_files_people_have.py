"""Workbooks and text files as people really have them: read, or refused with one sentence."""

import contextlib
import io
import json
import random
import shutil
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.chart import BarChart

from domain.errors import BadInput
from services.needs.read_needs import COLUMNS
from services.tables import read
from services.tables.read import read_table
from tests.database.needs.needs_files import GOOD, HEAD, changed, csv_of, needs, quarantined, take
from tests.shell import ROOT

pytestmark = pytest.mark.usefixtures("database")

FILES = ROOT / "tests" / "files"
Filler = Callable[[Workbook], None]


def book_of(tmp_path: Path, fill: Filler, name: str = "needs.xlsx") -> Path:
    book = Workbook()
    fill(book)
    book.save(tmp_path / name)
    return tmp_path / name


def _plain(book: Workbook) -> None:
    assert book.active is not None
    book.active.append(HEAD)
    book.active.append(GOOD)


def _cover_first(book: Workbook) -> None:
    _plain(book)
    cover = book.create_sheet("填表说明", 0)
    cover["A1"] = "请在第二张表填写需求标题、日期等"


def _hidden_first(book: Workbook) -> None:
    _plain(book)
    hidden = book.create_sheet("字典", 0)
    hidden.append(HEAD)
    hidden.append(changed(2, "不该读到"))
    hidden.sheet_state = "hidden"


def _header_far_down(book: Workbook) -> None:
    assert book.active is not None
    for number in range(25):
        book.active.cell(number + 1, 1, f"第 {number} 条填表须知")
    book.active.append(HEAD)
    book.active.append(GOOD)


def _two_header_rows(book: Workbook) -> None:
    sheet = book.active
    assert sheet is not None
    sheet.append(("位置", None, *HEAD[2:4], "详情", None, None))
    sheet.append((*HEAD[:2], None, None, *HEAD[4:]))
    for cells in ("A1:B1", "C1:C2", "D1:D2", "E1:G1"):
        sheet.merge_cells(cells)
    sheet.append(GOOD)


def _totals(book: Workbook) -> None:
    _plain(book)
    assert book.active is not None
    book.active.append(("合计", None, None, None, None, 12, None))


def _chinese_dates(book: Workbook) -> None:
    _plain(book)
    assert book.active is not None
    cell = book.active["G2"]
    cell.value, cell.number_format = 46086, 'yyyy"年"m"月"d"日"'


def _built_in_chinese_date(book: Workbook) -> None:
    _plain(book)
    assert book.active is not None
    book.active["G2"] = 46086


def _date_with_a_time(book: Workbook) -> None:
    _plain(book)
    assert book.active is not None
    book.active["G2"] = datetime(2026, 3, 5, 14, 30)  # noqa: DTZ001


def _full_width(book: Workbook) -> None:
    _plain(book)
    assert book.active is not None
    book.active["F2"], book.active["G2"] = "１２", "２０２６－０３－０５"


@pytest.mark.parametrize(
    "fill",
    [
        *(_plain, _cover_first, _hidden_first, _header_far_down, _two_header_rows, _totals),
        *(_chinese_dates, _built_in_chinese_date, _date_with_a_time, _full_width),
    ],
)
def test_a_workbook_is_read_however_its_sheets_are_laid_out(tmp_path: Path, fill: Filler) -> None:
    done = take(book_of(tmp_path, fill))
    assert (done.batch.rows, done.batch.imported) == (1, 1)
    (need,) = needs()
    assert (need.title, need.supporters, need.reported_on) == ("楼道灯坏了", 12, date(2026, 3, 5))
    assert done.totals == ((3,) if fill is _totals else ())


def _rewritten(path: Path, part: str, change: Callable[[str], str]) -> Path:
    """Return the workbook with one of its parts changed, as other programs write it."""
    with zipfile.ZipFile(path) as archive:
        parts = {member: archive.read(member) for member in archive.namelist()}
    parts[part] = change(parts[part].decode()).encode()
    fresh = path.with_name("rewritten.xlsx")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return fresh


def test_a_dimension_that_says_a1_hides_no_rows(tmp_path: Path) -> None:
    path = book_of(tmp_path, _plain)
    wps = _rewritten(
        path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace('ref="A1:G2"', 'ref="A1"')
    )
    assert 'ref="A1"' in zipfile.ZipFile(wps).read("xl/worksheets/sheet1.xml").decode()
    assert take(wps).batch.imported == 1


def test_an_empty_fill_stops_no_workbook(tmp_path: Path) -> None:
    path = _rewritten(
        book_of(tmp_path, _plain),
        "xl/styles.xml",
        lambda xml: xml.replace("<fills", "<fills", 1).replace("<patternFill/>", "", 1),
    )
    assert take(path).batch.imported == 1


def test_a_workbook_of_charts_only_is_refused_with_a_sentence(tmp_path: Path) -> None:
    def fill(book: Workbook) -> None:
        book.create_chartsheet("图").add_chart(BarChart())
        assert book.active is not None

    with pytest.raises(BadInput, match="no sheet with anything"):
        take(book_of(tmp_path, fill))


def test_an_old_workbook_is_read() -> None:
    assert take(FILES / "needs.xls").batch.imported == 1
    assert needs()[0].supporters == 12


def test_a_workbook_under_another_ending_is_known_by_its_content(tmp_path: Path) -> None:
    path = book_of(tmp_path, _plain)
    shutil.copy(path, tmp_path / "needs.xls")
    assert take(tmp_path / "needs.xls").batch.imported == 1


ODS = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>'
    '<office:spreadsheet><table:table table:name="需求">{rows}</table:table>'
    "</office:spreadsheet></office:body></office:document-content>"
)


def test_an_open_document_is_read(tmp_path: Path) -> None:
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = "".join(
        f"<table:table-row>{''.join(cell.format(value) for value in row)}</table:table-row>"
        for row in (HEAD, GOOD)
    )
    mime = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(tmp_path / "needs.ods", "w") as archive:
        archive.writestr("mimetype", mime)
        archive.writestr("content.xml", ODS.format(rows=rows))
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    assert take(tmp_path / "needs.ods").batch.imported == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [("encrypted.xlsx", "password"), ("~$needs.xlsx", "while it is open")],
)
def test_what_cannot_be_read_is_refused_with_one_sentence(
    tmp_path: Path, name: str, words: str
) -> None:
    path = FILES / name
    if not path.exists():
        path = tmp_path / name
        path.write_bytes(b"\x05nobody" + b"\0" * 158)
    with pytest.raises(BadInput, match=words):
        take(path)


def test_a_formula_is_read_by_the_value_the_spreadsheet_computed(tmp_path: Path) -> None:
    path = _rewritten(
        book_of(tmp_path, _plain),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(
            '<c r="F2" t="inlineStr"><is><t>12</t></is></c>',
            '<c r="F2"><f>SUM(4,8)</f><v>12</v></c>',
        ),
    )
    assert "<f>SUM" in zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml").decode()
    take(path)
    assert needs()[0].supporters == 12


def test_a_formula_that_was_never_computed_waits_for_a_number(tmp_path: Path) -> None:
    def fill(book: Workbook) -> None:
        _plain(book)
        assert book.active is not None
        book.active["F2"] = "=SUM(4,8)"

    assert take(book_of(tmp_path, fill)).batch.quarantined == 1
    assert quarantined()[0].data["supporters"] == "=SUM(4,8)"


def test_the_sheet_and_the_columns_may_be_named(tmp_path: Path) -> None:
    def fill(book: Workbook) -> None:
        _plain(book)
        other = book.create_sheet("热线")
        other.append((*HEAD[:2], "留言主题", *HEAD[3:]))
        other.append(changed(2, "热线来的"))

    path = book_of(tmp_path, fill)
    with pytest.raises(BadInput, match=r"留言主题.*--map"):
        take(path, sheet="热线")
    with pytest.raises(BadInput, match="no column 'subject'"):
        take(path, sheet="热线", mapping={"留言主题": "subject"})
    with pytest.raises(BadInput, match="it has Sheet、热线"):
        take(path, sheet="冷线")
    done = take(path, sheet="热线", mapping={"留言主题": "title"})
    assert (done.batch.sheet, done.others) == ("热线", ("Sheet",))
    assert needs()[0].title == "热线来的"


def _far_cell(book: Workbook) -> None:
    _plain(book)
    assert book.active is not None
    book.active["XFD1048576"] = 1


def test_a_sheet_that_would_fill_the_memory_is_refused_before_it_does(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="too large"):
        take(book_of(tmp_path, _far_cell))


def test_an_archive_that_unpacks_to_more_than_the_limit_is_refused(tmp_path: Path) -> None:
    path = book_of(tmp_path, _plain)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        zeros = b"\0" * (1 << 20)
        with archive.open("xl/media/bomb.bin", "w", force_zip64=True) as part:
            for _ in range(600):
                part.write(zeros)
    assert path.stat().st_size < 2 * (1 << 20)
    with pytest.raises(BadInput, match="too large"):
        take(path)


def test_shared_texts_that_unpack_without_end_are_refused(tmp_path: Path) -> None:
    path = book_of(tmp_path, _plain)
    text = "<si><t>" + "一" * 100 + "</t></si>"
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings2.xml", text * 2_000_000)
    with pytest.raises(BadInput, match="too large"):
        take(path)


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_file_ends_in_a_sentence_and_never_in_a_traceback(
    tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    whole = (FILES / "needs.xls", book_of(tmp_path, _totals))[seed % 2].read_bytes()
    damaged = bytearray(whole[: rng.randrange(len(whole) // 2, len(whole))] if seed % 3 else whole)
    for _ in range(rng.randrange(1, 200)):
        damaged[rng.randrange(len(damaged))] = rng.randrange(256)
    path = tmp_path / ("damaged.xls", "damaged.csv", "damaged.xlsx")[seed % 3]
    path.write_bytes(bytes(damaged))
    with contextlib.suppress(BadInput):
        assert read_table(path, COLUMNS).rows


def test_a_large_file_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "LARGEST_FILE", 100)
    with pytest.raises(BadInput, match="too large"):
        take(csv_of(tmp_path, GOOD))


def test_json_nested_without_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "deep.json").write_text("[" * 200_000)
    with pytest.raises(BadInput):
        take(tmp_path / "deep.json")


def test_the_committed_workbook_reads_alike_by_another_reader() -> None:
    table = read_table(ROOT / "demo" / "needs.xlsx", COLUMNS)
    sheet = load_workbook(io.BytesIO((ROOT / "demo" / "needs.xlsx").read_bytes())).active
    assert sheet is not None
    titles = [str(row[3]).strip() for row in sheet.iter_rows(min_row=3, values_only=True) if row[3]]
    assert [row.values["title"] for row in table.rows if row.values["title"]] == titles


def test_open311_keeps_apart_what_differs_in_place_day_or_status(tmp_path: Path) -> None:
    def request(number: int, **more: object) -> dict[str, object]:
        return {
            "service_request_id": f"r{number}",
            "service_name": "路灯",
            "description": "",
            "requested_datetime": "2026-03-05T15:35:08+08:00",
            "address": "SAN FRANCISCO, CA",
        } | more

    requests = [
        *(request(n) for n in range(7)),
        request(7, description="on the corner", lat=37.7, long=-122.4),
        request(8, description="on the corner", lat=37.7, long=-122.4),
        request(9, description="on the corner", lat=37.8, long=-122.4),
        request(
            10, description="on the corner", lat=37.7, long=-122.4, requested_datetime="2026-03-06"
        ),
        request(11, description="done", status="closed"),
        request(12, lat="north", long="west"),
    ]
    (tmp_path / "sf.json").write_text(json.dumps(requests))
    batch = take(tmp_path / "sf.json").batch
    assert (batch.imported, batch.merged, batch.quarantined) == (11, 1, 1)
    assert {need.category for need in needs()} == {"路灯"}
    assert [need.status.value for need in needs()].count("answered") == 1
    assert quarantined()[0].rule == "coordinates"
