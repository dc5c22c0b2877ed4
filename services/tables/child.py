"""Read a workbook in a process of its own, whose memory and time are limited before it begins.

``python -m services.tables.child FILE`` writes one JSON document to standard output: the sheets with
their rows, or ``{"refused": why}``. A workbook that asks for more than the limits ends this process
and nothing else. The values of formulas are those the spreadsheet computed last; a formula without
one is given as its text, with ``=`` before it.
"""

import datetime
import html
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

MOST_ROWS: Final = 200_000
MOST_CELLS: Final = 4_000_000
MOST_COLUMNS: Final = 2_000
MEMORY: Final = 1536 * 1024 * 1024
SECONDS: Final = 60
_UNPACKED: Final = 512 * 1024 * 1024
_MOST_PARTS: Final = 5_000
_REL: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL: Final = re.compile(rb"<c\b([^>]*)>(.*?)</c>", re.DOTALL)
_AT: Final = re.compile(rb'\br="([A-Z]{1,3})(\d+)"')
_VALUE: Final = re.compile(rb"<v>[^<]|<t[ >]")
_FORMULA: Final = re.compile(rb"<f\b[^>]*>(.*?)</f>|<f\b[^>]*/>", re.DOTALL)


class TooLarge(Exception):
    """More than the limits allow."""


def text_of(value: object) -> str:
    """Return a cell as text: whole numbers without a point, dates and times in ISO form."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value).strip()


def _examine(path: Path) -> None:
    """Raise TooLarge for an archive that unpacks to more than the limits, without unpacking it."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _UNPACKED:
            raise TooLarge


def _rows(sheet: Any, left: int) -> list[list[str]]:
    width, height = sheet.total_width, sheet.total_height
    if height > MOST_ROWS or width > MOST_COLUMNS or width * height > left:
        raise TooLarge
    start = sheet.start or (0, 0)
    above: list[list[str]] = [[] for _ in range(start[0])]
    before = [""] * start[1]
    return above + [
        before + [text_of(cell) for cell in row] for row in sheet.to_python(skip_empty_area=True)
    ]


def _parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Give the name of each sheet and the part of the archive in which it lies."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    target = {link.get("Id"): link.get("Target", "") for link in links}
    for element in book.iter():
        if element.tag.endswith("}sheet"):
            path = target.get(element.get(_REL), "")
            yield (
                element.get("name", ""),
                path.removeprefix("/") if path[:1] == "/" else f"xl/{path}",
            )


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _uncomputed(content: bytes) -> Iterator[tuple[int, int, str]]:
    """Give row, column and text of each formula that has no value."""
    if b"<f" not in content:
        return
    for cell in _CELL.finditer(content):
        at, formula = _AT.search(cell[1]), _FORMULA.search(cell[2])
        if at and formula and not _VALUE.search(cell[2]):
            typed = html.unescape((formula[1] or b"").decode("utf-8", "replace"))
            yield int(at[2]) - 1, _column(at[1].decode()), f"={typed.removeprefix('=')}"


def _mark_formulas(path: Path, sheets: list[dict[str, Any]]) -> None:
    """Put the text of formulas that were never computed where they stand."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return
        where = dict(_parts(archive))
        for sheet in sheets:
            part = where.get(sheet["name"], "")
            if not part.endswith(".xml") or part not in archive.namelist():
                continue
            for row, column, typed in _uncomputed(archive.read(part)):
                while len(sheet["rows"]) <= row:
                    sheet["rows"].append([])
                cells = sheet["rows"][row]
                cells.extend([""] * (column + 1 - len(cells)))
                cells[column] = cells[column] or typed


def read(path: Path) -> dict[str, Any]:
    """Return the sheets of a workbook, or why it is refused."""
    from python_calamine import CalamineError, PasswordError, SheetTypeEnum, load_workbook

    try:
        _examine(path)
        with path.open("rb") as file, load_workbook(file) as book:
            sheets: list[dict[str, Any]] = []
            left = MOST_CELLS
            for meta in book.sheets_metadata:
                if meta.typ is not SheetTypeEnum.WorkSheet:
                    continue
                rows = _rows(book.get_sheet_by_name(meta.name), left)
                left -= sum(map(len, rows))
                hidden = str(meta.visible) != "SheetVisibleEnum.Visible"
                sheets.append({"name": meta.name, "hidden": hidden, "rows": rows})
            _mark_formulas(path, sheets)
    except PasswordError:
        return {"refused": "password"}
    except (TooLarge, MemoryError):
        return {"refused": "large"}
    except (
        CalamineError,
        OSError,
        ValueError,
        KeyError,
        zipfile.BadZipFile,
        ElementTree.ParseError,
    ):
        return {"refused": "broken"}
    return {"sheets": sheets}


def main() -> None:
    """Limit this process, read the file it was given, and write what it holds."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    json.dump(read(Path(sys.argv[1])), sys.stdout, ensure_ascii=True)


if __name__ == "__main__":
    main()
