"""Public lists as files for a spreadsheet: the same rows and the same filters as the pages."""

from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from sqlmodel import Session

from domain.errors import BadInput
from domain.lifecycle import STATUS_NAMES
from domain.moments import on, stamp, stamp_until
from domain.needs.categories import category_name
from domain.text import Lang, Text
from services.needs.needs_register import NEED_STATUS_NAMES, NeedsFilter, read_needs_register
from services.public.board import BoardFilter, read_board
from services.tables.write import Table

MOST: Final = 20_000
_AT_ONCE: Final = 1_000


Item = TypeVar("Item", covariant=True)


class _Page(Protocol[Item]):
    @property
    def items(self) -> tuple[Item, ...]: ...

    @property
    def next(self) -> str | None: ...


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
    rows: list[Item] = []
    after: str | None = None
    while True:
        page = read(after)
        rows += page.items
        if len(rows) > MOST:
            raise BadInput(
                zh=f"超过 {MOST} 行，请先筛选；全部数据见分析快照。",
                en=f"More than {MOST} rows: filter first, or take the analytics snapshot.",
            )
        if (after := page.next) is None:
            return rows
