"""Files of needs, as people have them, and what came of them."""

from pathlib import Path

from sqlmodel import col, select

from demo.workbook import HEADER
from models import Need, QuarantinedRow
from models.session import unit_of_work
from services.needs.import_needs import Imported, import_needs

GOOD = (
    "沧口街道",
    "永年路社区",
    "楼道灯坏了",
    "物业管理",
    "三单元楼道灯坏了半年",
    "12",
    "2026-03-05",
)

HEAD = HEADER[1:]


def take(path: Path, **how: object) -> Imported:
    return import_needs(path=path, actor="test", **how)  # type: ignore[arg-type]


def csv_of(
    tmp_path: Path, *rows: tuple[str, ...], encoding: str = "utf-8", head: tuple[str, ...] = HEAD
) -> Path:
    path = tmp_path / f"needs-{len(list(tmp_path.iterdir()))}.csv"
    path.write_text("\n".join(",".join(row) for row in (head, *rows)), encoding=encoding)
    return path


def changed(column: int, value: str) -> tuple[str, ...]:
    return (*GOOD[:column], value, *GOOD[column + 1 :])


def needs() -> list[Need]:
    with unit_of_work() as session:
        return list(session.exec(select(Need).order_by(col(Need.code))).all())


def quarantined() -> list[QuarantinedRow]:
    with unit_of_work() as session:
        return list(session.exec(select(QuarantinedRow).order_by(col(QuarantinedRow.row))).all())
