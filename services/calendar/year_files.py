"""A year's list of days off and days worked, in the forms in which others publish it."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from icalendar import Calendar

from domain.calendar import BEIJING
from domain.dates import parse_date
from domain.errors import BadInput
from services.tables.read import Columns
from services.tables.separated import decode
from services.tables.uploaded import read_uploaded

LARGEST_LIST: Final = 1024 * 1024
_COLUMNS: Final = Columns(
    {
        "day": ("日期", "date", "day", "放假日期"),
        "kind": ("安排", "类型", "kind", "type", "isOffDay", "is_off_day", "是否放假", "状态"),
        "reason": ("原因", "名称", "节日", "节假日", "reason", "name", "holiday"),
    },
    ("day", "kind"),
)
_OFF: Final = frozenset(
    ("holiday", "off", "true", "1", "yes", "是", "休", "休息", "放假", "假", "节假日", "公休")
)
_WORKED: Final = frozenset(
    ("workday", "work", "false", "0", "no", "否", "班", "上班", "补班", "调休上班", "工作日")
)
_LONGEST_REASON: Final = 60
_LONGEST_EVENT: Final = 31
_FEWEST: Final = 7


@dataclass(frozen=True, slots=True)
class ListedDay:
    """One day of a list: not worked (``holiday``) or worked (``workday``), and why."""

    day: date
    kind: str
    reason: str


class YearList(NamedTuple):
    """The exceptions of one year's working week, by day."""

    year: int
    days: tuple[ListedDay, ...]


def read_year_file(name: str, content: bytes) -> YearList:
    """Return the list in an uploaded file: JSON, iCalendar, CSV or a workbook, by its content.

    Raises BadInput with a sentence for whatever is no list of one year.
    """
    if len(content) > LARGEST_LIST:
        raise BadInput(
            zh=f"{name} 太大，一年的放假安排不超过 1 MB，请核对文件。",
            en=f"{name} is too large; a year's list has less than 1 MB. Look at the file again.",
        )
    head = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:16]
    if head.startswith((b"{", b"[")):
        days = _json(name, content)
    elif head.upper().startswith(b"BEGIN:VCALENDAR"):
        days = _events(name, content)
    else:
        days = _rows(name, content)
    return year_list(days)


def year_file(listed: YearList) -> str:
    """Return a list as ``read_year_file`` reads it."""
    days = [asdict(day) | {"day": day.day.isoformat()} for day in listed.days]
    return json.dumps({"year": listed.year, "days": days}, ensure_ascii=False)


def year_list(days: Iterable[ListedDay]) -> YearList:
    """Return the exceptions among ``days``; raise BadInput unless they are one year's list.

    A weekend day that is off, or a weekday that is worked, is no exception and is left out. The
    year is that of most days: a list may begin in the December before.
    """
    known: dict[date, ListedDay] = {}
    for listed in days:
        earlier = known.setdefault(listed.day, listed)
        if earlier.kind != listed.kind:
            raise BadInput(
                zh=f"{listed.day} 在文件里既放假又上班，请改正后再导入。",
                en=f"{listed.day} is both off and worked in the file; mend it and import again.",
            )
    exceptions = [
        listed
        for listed in known.values()
        if (listed.day.weekday() >= 5) is (listed.kind == "workday")
    ]
    years = Counter(listed.day.year for listed in exceptions)
    year = max(years, key=lambda year: years[year], default=0)
    if years[year] < _FEWEST:
        raise BadInput(
            zh=f"文件里只有 {years[year]} 天与平常不同，不是一整年的放假安排；个别日期请在下面逐日登记。",
            en=f"Only {years[year]} days of the file differ from the usual week, so it is no list of a "
            "year; set single days below.",
        )
    if strange := sorted(day for day in known if day.year not in (year - 1, year)):
        raise BadInput(
            zh=f"文件含有 {year} 年以外的日期（{strange[0]}），请每年一个文件。",
            en=f"The file has days beyond {year} ({strange[0]}); use a file for each year.",
        )
    return YearList(year, tuple(sorted(exceptions, key=lambda day: day.day)))


def _json(name: str, content: bytes) -> Iterator[ListedDay]:
    try:
        tree = json.loads(decode(content, name))
        if isinstance(tree, Mapping) and isinstance(tree.get("holiday"), Mapping):
            entries: Iterable[Any] = tree["holiday"].values()
        else:
            entries = tree["days"] if isinstance(tree, Mapping) else tree
        yield from [_entry(dict(entry)) for entry in entries]
    except (ValueError, KeyError, TypeError, RecursionError, StopIteration):
        raise BadInput(
            zh=f"{name} 不是可识别的放假安排：每一天要有日期、是否放假和名称。",
            en=f"{name} is no list of days off that is known: each day has a date, whether it is off "
            "and a name.",
        ) from None


def _entry(entry: dict[str, Any]) -> ListedDay:
    day = date.fromisoformat(entry.get("day") or entry["date"])
    kind = next(entry[key] for key in ("kind", "isOffDay", "holiday") if key in entry)
    return ListedDay(day, _kind(str(kind)), _reason(entry.get("reason") or entry.get("name")))


def _kind(word: str) -> str:
    plain = word.strip().lower()
    if plain in _OFF:
        return "holiday"
    if plain in _WORKED:
        return "workday"
    raise ValueError(word)


def _reason(text: object) -> str:
    return str(text or "").strip()[:_LONGEST_REASON] or "放假安排"


def _rows(name: str, content: bytes) -> Iterator[ListedDay]:
    table = read_uploaded(name, content, _COLUMNS)
    for row in table.rows:
        try:
            yield ListedDay(
                parse_date(row.values["day"]),
                _kind(row.values["kind"]),
                _reason(row.values.get("reason")),
            )
        except ValueError:
            raise BadInput(
                zh=f"{name} 第 {row.number} 行无法识别：日期如 2027-01-01，安排写“放假”或“上班”。",
                en=f"Row {row.number} of {name} is not understood: a day such as 2027-01-01, and "
                "'holiday' or 'workday'.",
            ) from None


def _events(name: str, content: bytes) -> Iterator[ListedDay]:
    """Give the days of events marked 休 or 班; others, such as the festival itself, say nothing."""
    try:
        events = [
            (str(event.get("summary", "")), _day(event.start), _day(event.end, ends=True))
            for event in Calendar.from_ical(content).events
        ]
    except (ValueError, KeyError, AttributeError, IndexError):
        raise BadInput(
            zh=f"{name} 不是有效的日历文件（.ics）。",
            en=f"{name} is no valid calendar file (.ics).",
        ) from None
    for summary, first, end in events:
        kind = _marked(summary)
        length = min(max((end - first).days, 1), _LONGEST_EVENT)
        reason = _reason(summary.split("（")[0].split("(")[0].split(" ")[0])
        if kind:
            yield from (ListedDay(first + timedelta(n), kind, reason) for n in range(length))


def _day(value: date | datetime, *, ends: bool = False) -> date:
    """Return the day in Beijing; an end within a day is the next day, as ends are not included."""
    if not isinstance(value, datetime):
        return value
    there = value.astimezone(BEIJING) if value.tzinfo else value
    return there.date() + timedelta(days=bool(ends and there.time() > time()))


def _marked(summary: str) -> str:
    if "班" in summary:
        return "workday"
    return "holiday" if any(word in summary for word in ("休", "放假", "假期")) else ""
