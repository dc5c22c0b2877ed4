"""What every installation holds from the beginning: places, calendar, a round with defaults."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from sqlmodel import Session, select

from models import CalendarDay, CalendarYear, Community, Platform, Round, Street
from services.clock import real_now
from services.district.rounds import seed_round

REFERENCE: Final = Path(__file__).with_name("lists")
_COUNTED_FROM: Final = date(2023, 1, 1)
_PUBLISHER: Final = "国务院办公厅通知"


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def seed_reference(session: Session, *, demo: bool) -> None:
    """Fill an empty database; one that was filled before stays as it is.

    ``demo`` counts only at the very first time: a database is born as a demo or never is one.
    """
    if session.get(Platform, 1) is not None:
        return
    at = real_now(session)
    session.add(Platform(demo=demo, created_at=at))
    for row in _rows("streets.csv"):
        session.add(Street(code=row["street_code"], name=row["name"], valid_from=_COUNTED_FROM))
    session.flush()
    for row in _rows("communities.csv"):
        session.add(
            Community(
                code=row["code"],
                name=row["name"],
                street_code=row["street_code"],
                valid_from=_COUNTED_FROM,
            )
        )
    days = [
        CalendarDay(day=date.fromisoformat(row["date"]), kind=row["kind"], reason=row["reason"])
        for row in _rows("calendar.csv")
    ]
    session.add_all(days)
    for year in sorted({row.day.year for row in days}):
        session.add(CalendarYear(year=year, source=_PUBLISHER, published_at=at))
    if session.exec(select(Round)).first() is None:
        seed_round(session, at)
    session.flush()
