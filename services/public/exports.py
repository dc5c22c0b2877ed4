"""Public lists as files for a spreadsheet: the same rows and the same filters as the pages."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple, Protocol, TypeVar, cast

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from sqlmodel import Session

from domain.categories import category_name
from domain.cells import neutral, printable
from domain.errors import BadInput, NotFound
from domain.lifecycle import STATUS_NAMES
from domain.moments import on, stamp, stamp_until
from domain.text import Lang, Text
from services.needs.needs_register import NEED_STATUS_NAMES, NeedsFilter, read_needs_register
from services.public.board import BoardFilter, read_board

MOST: Final = 20_000
_AT_ONCE: Final = 1_000
Value = str | int | Decimal | date | datetime | None
Row = Sequence[Value]


Item = TypeVar("Item", covariant=True)


class _Page(Protocol[Item]):
    @property
    def items(self) -> tuple[Item, ...]: ...

    @property
    def next(self) -> str | None: ...


class Table(NamedTuple):
    """A list to be written: its name, the names of its columns, and its rows."""

    name: str
    heads: tuple[str, ...]
    rows: Sequence[Row]


def board_table(session: Session, asked: BoardFilter, lang: Lang) -> Table:
    """Return every project that the filter finds on the board; raise BadInput for too many."""
    heads = (
        Text("编号", "code"),
        Text("项目", "title"),
        Text("状态", "status"),
        Text("类别", "category"),
        Text("街道", "street"),
        Text("社区", "community"),
        Text("金额（元）", "amount (yuan)"),
        Text("立项时间", "formed at"),
        Text("立项日期", "formed on"),
        Text("截止时间", "closes at"),
        Text("截止日期", "closes on"),
    )

    rows = [
        (
            item.code,
            item.title,
            STATUS_NAMES[item.status].say(lang),
            category_name(item.category).say(lang),
            item.street,
            item.community,
            item.amount,
            stamp(item.formed_at),
            on("formed_at", item.formed_at),
            item.closes_at and stamp_until(item.closes_at),
            item.closes_at and on("closes_at", item.closes_at),
        )
        for item in _all(lambda after: read_board(session, asked, after=after, size=_AT_ONCE))
    ]
    return Table("projects", tuple(head.say(lang) for head in heads), rows)


def needs_table(session: Session, asked: NeedsFilter, lang: Lang) -> Table:
    """Return every need that the filter finds in the register; raise BadInput for too many."""
    heads = (
        Text("编号", "code"),
        Text("需求", "title"),
        Text("去向", "status"),
        Text("类别", "category"),
        Text("街道", "street"),
        Text("社区", "community"),
        Text("支持人数", "supporters"),
        Text("项目", "project"),
    )

    rows = [
        (
            item.code,
            item.title,
            NEED_STATUS_NAMES[item.status].say(lang),
            category_name(item.category).say(lang),
            item.street,
            item.community,
            item.supporters,
            item.project,
        )
        for item in _all(
            lambda after: read_needs_register(session, asked, after=after, size=_AT_ONCE)
        )
    ]
    return Table("needs", tuple(head.say(lang) for head in heads), rows)


def _all(read: Callable[[str | None], _Page[Item]]) -> list[Item]:
    """Return the items of every page."""
    found: list[Item] = []
    after: str | None = None
    while True:
        page = read(after)
        found += page.items
        if len(found) > MOST:
            raise BadInput(
                zh=f"超过 {MOST} 行，请先筛选；全部数据见分析快照。",
                en=f"More than {MOST} rows: filter first, or take the analytics snapshot.",
            )
        if (after := page.next) is None:
            return found


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
    writer.writerows([_plain(one) for one in row] for row in table.rows)
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
            [one if isinstance(one, int | Decimal) else _plain(one) or None for one in row]
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
