"""Read a file of needs into rows of text: workbook, CSV or Open311 GeoReport v2 JSON.

Nothing is evaluated: a formula is the text that was typed. Nothing is guessed away: a number that
was typed as text stays text.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from charset_normalizer import from_bytes
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from domain.canonical import digest
from domain.errors import BadInput

COLUMNS: Final = {
    "title": ("需求标题", "标题", "需求名称", "需求", "title"),
    "description": ("需求描述", "描述", "需求内容", "内容", "详细说明", "description"),
    "category": ("需求类别", "类别", "分类", "category"),
    "street": ("所属街道", "街道", "street"),
    "community": ("所属社区", "社区", "社区名称", "community"),
    "supporters": ("反映人数", "支持人数", "人数", "supporters"),
    "reported_on": ("反映日期", "提出日期", "日期", "date", "reported_on"),
}
REQUIRED: Final = ("title", "category", "community", "reported_on")
_OPEN311: Final = ("service_request_id", "service_name", "requested_datetime")
_LOOK_FOR_HEADER: Final = 10
_BYTE_MARKS: Final = {
    b"\xef\xbb\xbf": "utf-8",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
}


@dataclass(frozen=True)
class NeedRow:
    """One row as it stands in the file: its number there, and text by column."""

    number: int
    values: dict[str, str]


@dataclass(frozen=True)
class NeedFile:
    """What a file holds. ``source`` is ``workbook`` or ``open311``."""

    source: str
    rows: tuple[NeedRow, ...]

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the rows: a file that was only saved again keeps it."""
        return digest([self.source, [one.values for one in self.rows]])


def read_needs(path: Path) -> NeedFile:
    """Return the rows of a file; raise BadInput that says what is wrong with it as a whole."""
    if not path.is_file():
        raise BadInput(zh=f"找不到文件 {path}。", en=f"There is no file {path}.")
    content = path.read_bytes()
    if not content.strip():
        raise BadInput(zh=f"文件 {path.name} 是空的。", en=f"The file {path.name} is empty.")
    suffix = path.suffix.lower()
    if suffix == ".json":
        return NeedFile("open311", _open311(content, path.name))
    if suffix in (".xlsx", ".xlsm"):
        return NeedFile("workbook", _table(_workbook(content, path.name), path.name))
    if suffix in (".csv", ".tsv", ".txt"):
        return NeedFile("workbook", _table(_csv(content, path.name), path.name))
    raise BadInput(
        zh=f"不支持 {suffix or '没有扩展名的'} 文件，请使用 .xlsx、.csv 或 Open311 的 .json。",
        en=f"{path.name} is not supported; use .xlsx, .csv, or .json in Open311's form.",
    )


def as_text(value: object) -> str:
    """Return a cell as text: whole numbers without a point, dates in ISO form, formulas as typed."""
    if value is None:
        return ""
    if isinstance(value, ArrayFormula):
        return as_text(value.text)
    if isinstance(value, DataTableFormula):
        return f"={{TABLE({value.ref})}}"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return storable(str(value)).strip()


def storable(text: str) -> str:
    """Return text without what no database keeps: NUL, and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _workbook(content: bytes, name: str) -> list[list[str]]:
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError, ValueError):
        raise BadInput(
            zh=f"{name} 不是有效的 Excel 工作簿，请在表格软件中另存为 .xlsx。",
            en=f"{name} is not a valid workbook; save it again as .xlsx.",
        ) from None
    rows = [[as_text(cell) for cell in row] for row in book.worksheets[0].values]
    book.close()
    return rows


def decode(content: bytes, name: str) -> str:
    """Return the text of ``content``: by its byte mark, as UTF-8, as GB 18030, else by detection."""
    mark = next((one for one in _BYTE_MARKS if content.startswith(one)), b"")
    body = content.removeprefix(mark)
    for encoding in (*([_BYTE_MARKS[mark]] if mark else ()), "utf-8", "gb18030"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    if best := from_bytes(body).best():
        return str(best)
    raise BadInput(
        zh=f"无法识别 {name} 的编码，请另存为 UTF-8 的 CSV。",
        en=f"The encoding of {name} is not recognised; save it as CSV in UTF-8.",
    )


def _csv(content: bytes, name: str) -> list[list[str]]:
    text = decode(content, name)
    head = "\n".join(text.splitlines()[:_LOOK_FOR_HEADER])
    delimiter = max(",\t;，", key=head.count)
    return [
        [cell.strip() for cell in row]
        for row in csv.reader(io.StringIO(storable(text)), delimiter=delimiter)
    ]


def _columns(cells: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for column, names in COLUMNS.items():
        for index, cell in enumerate(cells):
            if cell.strip().lower() in names:
                found.setdefault(column, index)
    return found


def _table(rows: Sequence[Sequence[str]], name: str) -> tuple[NeedRow, ...]:
    """Find the header among the first rows (a survey has a title above it) and read below it."""
    best: dict[str, int] = {}
    at = 0
    for index, cells in enumerate(rows[:_LOOK_FOR_HEADER]):
        if len(found := _columns(cells)) > len(best):
            best, at = found, index
    if missing := [column for column in REQUIRED if column not in best]:
        wanted = "、".join(COLUMNS[column][0] for column in missing)
        raise BadInput(
            zh=f"{name} 缺少列：{wanted}。请补上这些列的表头后重新导入。",
            en=f"{name} lacks the columns {', '.join(missing)}; add their headers and import again.",
        )
    read = [
        NeedRow(
            number,
            {column: cells[i] if i < len(cells) else "" for column, i in best.items()},
        )
        for number, cells in enumerate(rows[at + 1 :], start=at + 2)
        if any(cell.strip() for cell in cells)
    ]
    return _some(read, name)


def _some(rows: Iterable[NeedRow], name: str) -> tuple[NeedRow, ...]:
    held = tuple(rows)
    if not held:
        raise BadInput(zh=f"{name} 里没有数据行。", en=f"{name} holds no rows.")
    return held


def _open311(content: bytes, name: str) -> tuple[NeedRow, ...]:
    try:
        held = json.loads(decode(content, name))
    except json.JSONDecodeError as error:
        raise BadInput(
            zh=f"{name} 不是有效的 JSON：第 {error.lineno} 行。",
            en=f"{name} is not valid JSON: line {error.lineno}.",
        ) from None
    if isinstance(held, dict):
        held = held.get("service_requests") or held.get("requests")
    if not isinstance(held, list) or not all(isinstance(one, dict) for one in held):
        raise BadInput(
            zh=f"{name} 不是 Open311 GeoReport v2 的请求列表。",
            en=f"{name} is not a list of requests in the form of Open311 GeoReport v2.",
        )
    return _some((_request(number, one) for number, one in enumerate(held, start=1)), name)


def _request(number: int, one: dict[str, object]) -> NeedRow:
    texts = {key: as_text(one.get(key)) for key in (*_OPEN311, "description", "address")}
    return NeedRow(
        number,
        {
            "reference": texts["service_request_id"],
            "title": texts["service_name"],
            "description": texts["description"] or texts["service_name"],
            "category": texts["service_name"],
            "reported_on": texts["requested_datetime"],
            "supporters": "1",
            "place": texts["address"],
        },
    )
