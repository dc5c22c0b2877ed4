"""Text with separators: its encoding, its separator, and lines that break their own quotes."""

import csv
import re
from collections.abc import Iterator
from typing import Final

from charset_normalizer import from_bytes

from domain.errors import BadInput
from domain.text import Text

UNREADABLE: Final = "\ufffd"
SEPARATORS: Final = ",\t;，|"
_MARKS: Final = {
    b"\xef\xbb\xbf": "utf-8",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
}
_LONGEST_CELL: Final = 100_000
_LONGEST_RECORD: Final = 200
_FEW: Final = 0.02
# How many characters one wrong byte spoils at most, and how many tell an encoding.
_BY_ONE_BYTE: Final = {"utf-8": 3, "gb18030": 2, "utf-16-le": 1, "utf-16-be": 1}
_TELLING: Final = 20
_BREAKS: Final = re.compile(r"\r\n|\r|\x0b|\x0c|\x85|\u2028|\u2029")
QUOTES: Final = Text(
    "这一行的引号没有成对，请在表格软件中另存为 CSV，或补上引号。",
    "The quotes of this line are not in pairs; save it as CSV from a spreadsheet, or add the quote.",
)


def storable(text: str) -> str:
    """Return text without what no database keeps: NUL, and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def decode(content: bytes, name: str) -> str:
    """Return the text of ``content``; a byte that belongs to no character becomes ``UNREADABLE``.

    By its byte mark, as UTF-8, as GB 18030, else by detection. A few wrong bytes spoil their own
    characters and not the file. Raises BadInput where nothing fits.
    """
    mark = next((mark for mark in _MARKS if content.startswith(mark)), b"")
    body = content.removeprefix(mark)
    if not body.strip(b"\0"):
        raise _undecodable(name)
    for encoding in (*([_MARKS[mark]] if mark else ()), "utf-8", "gb18030"):
        text = body.decode(encoding, "replace")
        if _is_readable(text, _BY_ONE_BYTE[encoding]):
            return text
    if best := from_bytes(body).best():
        return str(best)
    raise _undecodable(name)


def _is_readable(text: str, by_one_byte: int) -> bool:
    """Tell whether few characters are spoilt: in a short text, as many as one wrong byte spoils.

    Too short a text tells nothing by the characters that fit, and one with NUL is of another kind.
    """
    beyond = sum(character > "\x7f" for character in text)
    at_least = by_one_byte if beyond >= _TELLING and "\0" not in text else 0
    return text.count(UNREADABLE) <= max(_FEW * beyond, at_least)


def _undecodable(name: str) -> BadInput:
    return BadInput(
        zh=f"无法识别 {name} 的编码，请另存为 UTF-8 的 CSV。",
        en=f"The encoding of {name} is not recognised; save it as CSV in UTF-8.",
    )


def records(text: str, separator: str) -> Iterator[tuple[int, list[str], Text | None]]:
    """Yield each record: the number of its line, its cells, and its error, if any.

    A record whose quotes are not in pairs takes no other line with it.
    """
    lines = _BREAKS.sub("\n", storable(text)).split("\n")
    csv.field_size_limit(_LONGEST_CELL)
    at = 0
    while at < len(lines):
        cells, taken = _record(lines, at, separator)
        if cells is None:
            yield at + 1, [cell.strip(' "') for cell in lines[at].split(separator)], QUOTES
        else:
            yield at + 1, cells, None
        at += taken


def _record(lines: list[str], at: int, separator: str) -> tuple[list[str] | None, int]:
    """Return the cells of the record that begins at a line, and how many lines it takes."""
    row = ""
    for taken, line in enumerate(lines[at : at + _LONGEST_RECORD], start=1):
        row = f"{row}\n{line}" if taken > 1 else line
        if '"' not in row:
            return [cell.strip() for cell in row.split(separator)], 1
        try:
            rows = list(csv.reader(row.splitlines(keepends=True), delimiter=separator, strict=True))
        except csv.Error as error:
            if "unexpected end of data" in str(error):
                continue
            return None, 1
        if len(rows) == 1:
            return [cell.strip() for cell in rows[0]], taken
    return None, 1
