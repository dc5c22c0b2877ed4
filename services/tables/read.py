"""Find the table in a file: the sheet and the header row that know the most of the columns wanted."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from domain.errors import BadInput
from domain.text import Text
from services.tables.child import SECONDS
from services.tables.separated import SEPARATORS, UNREADABLE, decode, records

LARGEST_FILE: Final = 64 * 1024 * 1024
_HEADER_WITHIN: Final = 60
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_TEXTS: Final = (".csv", ".tsv", ".txt", ".xls", ".xlsx")
_TOTALS: Final = ("合计", "总计", "小计", "共计", "total", "sum")
BYTE: Final = Text(
    "这一行有无法识别的字符（显示为 �），请改正后再导入。",
    "A character of this line cannot be read (shown as �); mend it and import again.",
)


class Grid(NamedTuple):
    """A sheet as it stands: its name, whether it is hidden, its rows, and lines that are broken."""

    name: str
    hidden: bool
    rows: list[list[str]]
    broken: dict[int, Text]


@dataclass(frozen=True)
class Row:
    """One row: its number in the file, text by column, and the error of the whole row, if any.

    ``cells`` are all its texts, those of columns that are not wanted too.
    """

    number: int
    values: dict[str, str]
    wrong: Text | None = None
    cells: tuple[str, ...] = ()


@dataclass(frozen=True)
class SourceTable:
    """A table that was read: its sheet, the other sheets, its rows, and the numbers of total rows.

    ``heads`` are the texts of its header, ``where`` the place of each column in it.
    """

    sheet: str
    others: tuple[str, ...]
    rows: tuple[Row, ...]
    totals: tuple[int, ...]
    heads: tuple[str, ...] = ()
    where: Mapping[str, int] = field(default_factory=dict)


class Columns(NamedTuple):
    """The columns wanted: for each the headers it goes by, and which ones must be there."""

    names: Mapping[str, Sequence[str]]
    required: Sequence[str]


class _Header(NamedTuple):
    at: int
    height: int
    where: dict[str, int]


def read_table(
    path: Path, columns: Columns, *, sheet: str = "", mapping: Mapping[str, str] | None = None
) -> SourceTable:
    """Return the table of a file; ``mapping`` says which column a header means.

    Raises BadInput with one sentence for whatever cannot be read.
    """
    wanted = _with(columns, mapping or {})
    grids = _grids(path, wanted)
    chosen = [grid for grid in grids if not sheet or grid.name == sheet]
    if not chosen:
        names = "、".join(grid.name for grid in grids)
        raise BadInput(
            zh=f"{path.name} 没有工作表“{sheet}”，有：{names}。",
            en=f"{path.name} has no sheet {sheet!r}; it has {names}.",
        )
    # The first that knows most of the columns; a hidden sheet only where nothing else serves.
    grid, header = min(
        ((candidate, _header(candidate, wanted)) for candidate in chosen),
        key=lambda pair: (-len(pair[1].where), pair[0].hidden),
    )
    if missing := [column for column in columns.required if column not in header.where]:
        raise _lacking(path.name, grid, header, columns, missing)
    others = tuple(other.name for other in grids if other is not grid and any(other.rows))
    rows, totals = _rows(grid, header)
    if not rows:
        raise BadInput(zh=f"{path.name} 里没有数据行。", en=f"{path.name} holds no rows.")
    return SourceTable(grid.name, others, rows, totals, _heads(grid, header), header.where)


def _heads(grid: Grid, header: _Header) -> tuple[str, ...]:
    """Return the header's texts; of two rows the lower, where it says something."""
    rows = grid.rows[header.at : header.at + header.height]
    width = max((len(row) for row in rows), default=0)
    columns = [[row[at] for row in rows if at < len(row) and row[at]] for at in range(width)]
    return tuple(texts[-1] if texts else "" for texts in columns)


def _with(columns: Columns, mapping: Mapping[str, str]) -> dict[str, set[str]]:
    if unknown := [
        column_name for column_name in mapping.values() if column_name not in columns.names
    ]:
        names = ", ".join(columns.names)
        raise BadInput(
            zh=f"没有列“{unknown[0]}”，可用：{names}。",
            en=f"There is no column {unknown[0]!r}; use one of {names}.",
        )
    taken = {_plain(header) for header in mapping}
    wanted = {
        column: {_plain(name) for name in names} - taken for column, names in columns.names.items()
    }
    for header, column in mapping.items():
        wanted[column] = {_plain(header)}
    return wanted


def _plain(header: str) -> str:
    return "".join(header.split()).strip("*＊：:").lower()


def _lacking(
    name: str, grid: Grid, header: _Header, columns: Columns, missing: Sequence[str]
) -> BadInput:
    seen = [cell for cell in grid.rows[header.at] if cell] if grid.rows else []
    there = "、".join(heading[:20] for heading in seen[:20])
    wanted = "、".join(columns.names[column][0] for column in missing)
    where = f"工作表“{grid.name}”" if grid.name else ""
    return BadInput(
        zh=f"{name}{where} 缺少列：{wanted}。"
        + (f"读到的表头是：{there}。" if there else "")
        + "请补上表头，或用 --map 表头=列名 指明，或用 --sheet 换一张工作表。",
        en=f"{name} {grid.name} lacks the columns {', '.join(missing)}. "
        + (f"The header read is: {there}. " if there else "")
        + "Add them, say which is which by --map HEADER=COLUMN, or choose another by --sheet.",
    )


def _header(grid: Grid, wanted: Mapping[str, set[str]]) -> _Header:
    """Return the row, or the two rows, among the first that name most of the columns wanted.

    Where none names anything it is the first that fills more than one cell: titles fill one.
    """
    best = _Header(_below_titles(grid.rows[:_HEADER_WITHIN]), 1, {})
    for at in range(min(len(grid.rows), _HEADER_WITHIN)):
        for height in (1, 2):
            if at + height > len(grid.rows):
                continue
            columns = _named(grid.rows[at : at + height], wanted)
            if len(columns) > len(best.where):
                best = _Header(at, height, columns)
    return best


def _below_titles(rows: Sequence[Sequence[str]]) -> int:
    return next((at for at, cells in enumerate(rows) if sum(map(bool, cells)) > 1), 0)


def _named(rows: Sequence[Sequence[str]], wanted: Mapping[str, set[str]]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for cells in reversed(rows):
        plain = [_plain(cell) for cell in cells]
        for column, names in wanted.items():
            index = next((i for i, text in enumerate(plain) if text in names), None)
            if index is not None and index not in columns.values():
                columns.setdefault(column, index)
    return columns


def _rows(grid: Grid, header: _Header) -> tuple[tuple[Row, ...], tuple[int, ...]]:
    rows, totals = [], []
    first = header.at + header.height
    for index, cells in enumerate(grid.rows[first:], start=first):
        typed = [cell for cell in cells if cell]
        if not typed:
            continue
        number = index + 1
        if typed[0].rstrip("：: ").lower() in _TOTALS:
            totals.append(number)
            continue
        values = {
            column: cells[at] if at < len(cells) else "" for column, at in header.where.items()
        }
        wrong = grid.broken.get(index)
        if wrong is None and any(UNREADABLE in value for value in values.values()):
            wrong = BYTE
        rows.append(Row(number, values, wrong, tuple(cells)))
    return tuple(rows), tuple(totals)


def _grids(path: Path, wanted: Mapping[str, set[str]]) -> list[Grid]:
    """Return the sheets of a file, known by its content and not by its name."""
    content = file_content(path)
    if _ENCRYPTED in content:
        raise _refused(path.name, "password")
    if content[:4] == b"PK\x03\x04" or content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return _workbook(path)
    if content.lstrip()[:14].lower().startswith((b"<html", b"<!doctype", b"<?xml", b"<table")):
        raise BadInput(
            zh=f"{path.name} 其实是网页或 XML，请在表格软件中打开后另存为 .xlsx。",
            en=f"{path.name} is a web page or XML; open it in a spreadsheet and save it as .xlsx.",
        )
    if path.suffix.lower() not in _TEXTS:
        raise BadInput(
            zh=f"不支持 {path.name}，请使用工作簿（.xlsx、.xls、.ods、.xlsb）或 .csv。",
            en=f"{path.name} is not supported; use a workbook (.xlsx, .xls, .ods, .xlsb) or .csv.",
        )
    return [_text(decode(content, path.name), wanted)]


def file_content(path: Path) -> bytes:
    """Return the bytes of a file; raise BadInput where it is not one that can be read."""
    if path.name.startswith("~$"):
        raise BadInput(
            zh=f"{path.name} 是表格软件打开时的临时文件，请选择不带“~$”的那个文件。",
            en=f"{path.name} is what a spreadsheet leaves while it is open; choose the one without '~$'.",
        )
    try:
        if not path.is_file():
            raise BadInput(zh=f"找不到文件 {path}。", en=f"There is no file {path}.")
        if path.stat().st_size > LARGEST_FILE:
            raise _too_large(path.name)
        content = path.read_bytes()
    except (OSError, ValueError):
        raise BadInput(
            zh=f"无法打开文件 {path.name}，请检查它是否可读。",
            en=f"The file {path.name} cannot be opened; see whether it may be read.",
        ) from None
    if not content.strip():
        raise BadInput(zh=f"文件 {path.name} 是空的。", en=f"The file {path.name} is empty.")
    return content


def _too_large(name: str) -> BadInput:
    return BadInput(
        zh=f"{name} 太大：最多 64 MB、20 万行、400 万个单元格。请删去多余的行列，或分成几个文件。",
        en=f"{name} is too large: 64 MB, 200,000 rows and 4 million cells at most. "
        "Delete rows and columns that are not needed, or split it.",
    )


def _workbook(path: Path) -> list[Grid]:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "services.tables.child", str(path.resolve())],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=2 * SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _too_large(path.name) from None
    if done.returncode:
        raise _too_large(path.name)
    answer = json.loads(done.stdout)
    if why := answer.get("refused"):
        raise _refused(path.name, why)
    grids = [Grid(sheet["name"], sheet["hidden"], sheet["rows"], {}) for sheet in answer["sheets"]]
    if not any(any(map(any, grid.rows)) for grid in grids):
        raise BadInput(
            zh=f"{path.name} 里没有填了内容的工作表（只有图表或空表）。",
            en=f"{path.name} has no sheet with anything in its cells.",
        )
    return grids


def _refused(name: str, why: str) -> BadInput:
    if why == "large":
        return _too_large(name)
    if why == "password":
        return BadInput(
            zh=f"{name} 有打开密码，请在表格软件中取消密码后另存。",
            en=f"{name} is protected by a password; save it without one.",
        )
    return BadInput(
        zh=f"{name} 不是有效的工作簿，请在表格软件中另存为 .xlsx。",
        en=f"{name} is not a valid workbook; save it again as .xlsx.",
    )


def _text(text: str, wanted: Mapping[str, set[str]]) -> Grid:
    """Return a text as a sheet; its separator is the one that makes most of the header."""
    head = "\n".join(text.splitlines()[:_HEADER_WITHIN])
    separator = max(
        SEPARATORS, key=lambda separator: len(_header(_split(head, separator), wanted).where)
    )
    return _split(text, separator)


def _split(text: str, separator: str) -> Grid:
    rows: list[list[str]] = []
    broken: dict[int, Text] = {}
    for line, cells, wrong in records(text, separator):
        while len(rows) < line - 1:
            rows.append([])
        if wrong:
            broken[len(rows)] = wrong
        rows.append(cells)
    return Grid("", False, rows, broken)
