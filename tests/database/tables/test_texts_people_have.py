"""Text files as people really have them: separators, line ends, quotes, bytes, numbers and days."""

from pathlib import Path

import pytest

from tests.database.needs.needs_files import GOOD, HEAD, changed, csv_of, needs, quarantined, take

pytestmark = pytest.mark.usefixtures("database")

PROSE = "灯坏了，楼道黑，老人怕，请修，谢谢，急，急，急"


@pytest.mark.parametrize("separator", [",", "\t", ";", "，", "|"])
def test_the_separator_is_known_by_the_header_and_not_by_the_prose(
    tmp_path: Path, separator: str
) -> None:
    prose = PROSE.replace("，", "、") if separator == "，" else PROSE
    rows = (HEAD, *(changed(4, f"{prose}{n}") for n in range(9)))
    path = tmp_path / "needs.csv"
    path.write_text("\n".join(separator.join(row) for row in rows), encoding="utf-8")
    assert take(path).batch.imported == 9


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\r\r\n"])
def test_every_kind_of_line_end_is_read(tmp_path: Path, newline: str) -> None:
    path = tmp_path / "needs.csv"
    rows = (HEAD, GOOD, changed(2, "第二行的事"))
    path.write_bytes(newline.join(",".join(row) for row in rows).encode())
    assert take(path).batch.imported == 2


def test_a_lone_return_inside_a_quoted_cell_is_a_line_of_it(tmp_path: Path) -> None:
    path = csv_of(tmp_path, changed(4, '"第一行\r第二行"'), changed(2, "好的一行"))
    assert take(path).batch.imported == 2
    assert needs()[0].description == "第一行\n第二行"


def test_a_quote_without_its_pair_spoils_its_own_line_alone(tmp_path: Path) -> None:
    rows = [changed(2, f"事情{n}") for n in range(400)]
    rows[100] = changed(4, '"没有收住的引号')
    rows[200] = changed(4, '"引号"之后还有字')
    batch = take(csv_of(tmp_path, *rows)).batch
    assert (batch.imported, batch.quarantined) == (398, 2)
    assert [(quarantined_row.row, quarantined_row.rule) for quarantined_row in quarantined()] == [
        (102, "row-unreadable"),
        (202, "row-unreadable"),
    ]


def test_a_very_long_cell_stops_only_its_row(tmp_path: Path) -> None:
    long = changed(4, "长" * 140_000)
    batch = take(csv_of(tmp_path, long, changed(2, "好的一行"))).batch
    assert (batch.imported, batch.quarantined) == (1, 1)
    assert quarantined()[0].rule == "description-long"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le", "utf-16-be", "utf-16"])
def test_a_short_file_is_read_in_whatever_encoding_it_is_saved(
    tmp_path: Path, encoding: str
) -> None:
    batch = take(csv_of(tmp_path, GOOD, changed(2, "别的事情"), encoding=encoding)).batch
    assert (batch.imported, batch.quarantined) == (2, 0)
    assert [need.title for need in needs()] == [GOOD[2], "别的事情"]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("number", [2, 50])
@pytest.mark.parametrize("inside", [0, 1])
def test_one_bad_byte_stops_its_row_and_names_it(
    tmp_path: Path, encoding: str, number: int, inside: int
) -> None:
    """In a short file and in a long one, between two characters or in place of half of one."""
    rows = [changed(2, f"事情{n}") for n in range(number)]
    path = csv_of(tmp_path, *rows, encoding=encoding)
    content = path.read_bytes()
    at = content.index("事情1".encode(encoding)) + inside
    path.write_bytes(content[:at] + b"\xff" + content[at + inside :])
    batch = take(path).batch
    assert (batch.imported, batch.quarantined) == (number - 1, 1)
    assert (quarantined()[0].row, quarantined()[0].rule) == (3, "row-unreadable")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("12人", 12), ("1,234", 1234), ("3.0", 3), ("9.5万", 95_000), ("０", 0), ("约 30 户", 30)],
)
def test_numbers_are_read_as_people_write_them(tmp_path: Path, typed: str, meant: int) -> None:
    take(csv_of(tmp_path, changed(5, f'"{typed}"')))
    assert needs()[0].supporters == meant


@pytest.mark.parametrize(
    "typed", ["2026-03-01至2026-03-05", "2026.3.1-3.5", "2026年3月1日—5日", "2026/3/1~3/5"]
)
def test_a_range_of_days_is_a_question_and_not_its_first_day(tmp_path: Path, typed: str) -> None:
    assert take(csv_of(tmp_path, changed(6, typed))).batch.quarantined == 1
    assert "一段日期" in quarantined()[0].zh


@pytest.mark.parametrize("typed", ["\u200b\u200d", "\ufeff", "\u3164\u3164", "\u202e \u2066"])
def test_a_title_of_nothing_visible_is_no_title(tmp_path: Path, typed: str) -> None:
    assert take(csv_of(tmp_path, changed(2, typed))).batch.quarantined == 1
    assert quarantined()[0].rule == "title-missing"
