"""Write a table as a file for a spreadsheet."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple, cast

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from domain.cells import neutral, printable
from domain.errors import NotFound
from domain.moments import stamp
from domain.text import Text

Value = str | int | Decimal | date | datetime | None
Row = Sequence[Value]


class Table(NamedTuple):
    """A list to be written: its name, the names of its columns, and its rows."""

    name: str
    heads: tuple[str, ...]
    rows: Sequence[Row]


def _plain(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return stamp(value)
    return neutral(printable(value)) if isinstance(value, str) else str(value)


def as_csv(table: Table) -> bytes:
    """Return the table as CSV that spreadsheets open as UTF-8, without anything to be run."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table.heads)
    writer.writerows([_plain(value) for value in row] for row in table.rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_xlsx(table: Table) -> bytes:
    """Return the table as a workbook: numbers are numbers, text is text and no formula."""
    book = Workbook(write_only=True)
    sheet = cast(WriteOnlyWorksheet, book.create_sheet(table.name))
    sheet.freeze_panes = "A2"
    heads = [WriteOnlyCell(sheet, value=head) for head in table.heads]
    for head in heads:
        head.font = Font(bold=True)
    sheet.append(heads)
    for row in table.rows:
        sheet.append(
            [value if isinstance(value, int | Decimal) else _plain(value) or None for value in row]
        )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


WRITERS: Final[Mapping[str, tuple[Callable[[Table], bytes], str]]] = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "xlsx": (as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def written(table: Table, form: str) -> tuple[bytes, str]:
    """Return the table as ``csv`` or ``xlsx`` and its media type; raise NotFound for other forms."""
    if form not in WRITERS:
        raise NotFound(what=Text("格式", "format"), key=form)
    write, media_type = WRITERS[form]
    return write(table), media_type
