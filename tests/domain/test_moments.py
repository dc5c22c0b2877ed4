"""Moments as people read them."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from domain import moments
from domain.calendar import BEIJING, end_of_day
from domain.cells import neutral
from domain.gates import GateKind, overdue
from domain.text import Text
from tests.shell import ROOT

CLOSES = end_of_day(date(2026, 12, 11))


def test_a_deadline_at_the_end_of_a_day_is_read_as_that_day() -> None:
    assert moments.until(CLOSES) == Text("2026年12月11日 24:00", "11 Dec 2026, end of day")
    assert moments.until(CLOSES.astimezone(UTC)) == moments.until(CLOSES)
    assert moments.last_day(CLOSES) == date(2026, 12, 11)
    assert moments.stamp_until(CLOSES) == "2026-12-11 24:00"


def test_any_other_moment_is_read_to_the_minute_in_beijing() -> None:
    at = datetime(2026, 12, 10, 17, 30, 5, tzinfo=UTC)
    assert moments.until(at) == Text("2026年12月11日 01:30", "11 Dec 2026 01:30")
    assert moments.when(at, seconds=True).zh == "2026年12月11日 01:30:05"
    assert moments.on("opened_at", at) == date(2026, 12, 11)
    assert moments.on("closes_at", CLOSES) == date(2026, 12, 11)
    assert moments.on("opened_at", CLOSES) == date(2026, 12, 12)


@pytest.mark.parametrize("kind", list(GateKind))
def test_a_timer_that_comes_due_is_no_delay(kind: GateKind) -> None:
    late = CLOSES + timedelta(seconds=1)
    is_timer = kind is GateKind.TIMER
    assert overdue(kind, CLOSES, None, late) is not is_timer
    assert overdue(kind, CLOSES, late, late) is not is_timer
    assert not overdue(kind, CLOSES, CLOSES - timedelta(seconds=1), late)
    assert not overdue(kind, None, None, late)


def test_times_that_people_read_are_written_in_one_place() -> None:
    """A page that shows a deadline as a moment would show the day after."""
    deadline = re.compile(
        r"v\.when\([a-z_.]*(?:due_at|closes_at|deadline|(?<!locked_)(?<!invited_)until)\)"
    )
    pages = (ROOT / "api" / "templates").rglob("*.html")
    assert [page.name for page in pages if deadline.search(page.read_text())] == []
    clock = re.compile(r"%H:%M|%Y-%m-%d %H")
    allowed = {"domain/moments.py", "api/page_cache.py"}
    code = [
        path
        for layer in ("api", "services", "domain", "flows", "tasks", "cli", "reports", "worker")
        for path in (ROOT / layer).rglob("*.py")
    ]
    files = {str(path.relative_to(ROOT)) for path in code if clock.search(path.read_text())}
    assert files - allowed == set()


@pytest.mark.parametrize(
    "typed", ["=1+1", "＝1+1", "  =1", "　＠SUM(1)", "＋1", "－1", "-1", "\tx", "@x", " ＝x"]
)
def test_no_text_begins_a_formula_in_any_width(typed: str) -> None:
    assert neutral(typed) == f"'{typed}"


def test_harmless_text_stays_as_it_is() -> None:
    for text in ("楼道灯坏了", "1+1=2", "a-b", " 空格开头", "（一）说明"):
        assert neutral(text) == text


def test_beijing_is_where_days_begin() -> None:
    assert CLOSES.astimezone(BEIJING).hour == 0
