"""A year's list of days off is read as others publish it, and refused with what is wrong."""

import json
from datetime import date, timedelta
from io import BytesIO

import openpyxl
import pytest

from domain.errors import BadInput
from services.calendar.year_files import ListedDay, read_year_file, year_file, year_list

YEAR = 2027
# The weekdays and weekend days of a list as the State Council publishes them, names left out.
OFF = [date(2027, 1, 1), *(date(2027, 2, day) for day in (5, 8, 9, 10, 11)), date(2027, 4, 5)]
WORKED = [date(2027, 2, 14), date(2027, 2, 20)]


def as_published() -> str:
    days = [{"name": "春节", "date": day.isoformat(), "isOffDay": True} for day in OFF]
    days += [{"name": "春节", "date": day.isoformat(), "isOffDay": False} for day in WORKED]
    # A Saturday that is off anyway is listed too.
    days.append({"name": "春节", "date": "2027-02-06", "isOffDay": True})
    return json.dumps({"year": YEAR, "papers": ["https://example.org/"], "days": days})


def by_month_and_day() -> str:
    days = {
        f"{day:%m-%d}": {"holiday": day in OFF, "name": "春节", "date": day.isoformat()}
        for day in (*OFF, *WORKED)
    }
    return json.dumps({"code": 0, "holiday": days})


def with_commas() -> str:
    lines = [f"{day:%Y年%-m月%-d日},休,春节" for day in OFF]
    lines += [f"{day:%Y/%-m/%-d},班,春节" for day in WORKED]
    return "\n".join(["日期,类型,节日", *lines])


def as_events() -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//"]
    spans = [
        (OFF[0], 1, "元旦（休）"),
        (date(2027, 2, 5), 7, "春节（休）"),
        (OFF[-1], 1, "清明节 假期"),
    ]
    spans += [(day, 1, "春节（班）") for day in WORKED]
    # The day itself, which says nothing about work.
    spans.append((date(2027, 2, 6), 1, "春节"))
    for first, length, summary in spans:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{first}-{summary}",
            f"DTSTART;VALUE=DATE:{first:%Y%m%d}",
            f"DTEND;VALUE=DATE:{first + timedelta(length):%Y%m%d}",
            f"SUMMARY:{summary}",
            "END:VEVENT",
        ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def as_workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["日期", "安排", "原因"])
    for day in OFF:
        sheet.append([day, "放假", "春节"])
    for day in WORKED:
        sheet.append([day, "上班", "春节"])
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("2027.json", as_published().encode()),
        ("year.json", by_month_and_day().encode("utf-8-sig")),
        ("holidays.csv", with_commas().encode("gb18030")),
        ("china.ics", as_events().encode()),
        ("放假.xlsx", as_workbook()),
        ("again.json", year_file(read_year_file("x.json", as_published().encode())).encode()),
    ],
)
def test_a_list_is_read_in_every_form_in_which_it_is_published(name: str, content: bytes) -> None:
    listed = read_year_file(name, content)
    assert listed.year == YEAR
    assert [day.day for day in listed.days if day.kind == "holiday"] == OFF
    assert [day.day for day in listed.days if day.kind == "workday"] == WORKED
    assert {day.reason for day in listed.days} <= {"春节", "元旦", "清明节"}


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("few.csv", "日期,类型\n2027-01-01,休", "只有 1 天"),
        ("weekends.csv", "日期,类型\n2027-01-02,休\n2027-01-03,休", "只有 0 天"),
        ("what.csv", "日期,类型\n2027-01-01,也许", "第 2 行"),
        ("no.csv", "天,什么\n1,2", "缺少列"),
        ("broken.json", '{"days": [{"date": "2027-01-01"}]}', "不是可识别的放假安排"),
        ("nested.json", "[" * 100_000, "不是可识别的放假安排"),
        (
            "empty.ics",
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:休\nEND:VEVENT\n",
            "不是有效的日历文件",
        ),
        ("long.json", "[" + " " * 1024 * 1024 + "]", "太大"),
    ],
)
def test_what_is_no_list_is_refused_with_what_is_wrong(name: str, content: str, why: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_year_file(name, content.encode())
    assert why in refused.value.say("zh")


def test_a_list_contradicts_neither_itself_nor_its_year() -> None:
    days = [ListedDay(day, "holiday", "春节") for day in OFF]
    with pytest.raises(BadInput, match="both off and worked"):
        year_list([*days, ListedDay(OFF[0], "workday", "春节")])
    with pytest.raises(BadInput, match="beyond 2027"):
        year_list([*days, ListedDay(date(2029, 1, 1), "holiday", "元旦")])
    # The days before New Year belong to the list of the year that begins.
    eve = ListedDay(date(2026, 12, 31), "holiday", "元旦")
    assert year_list([*days, eve]).year == YEAR


def test_events_with_times_are_of_beijing_s_days() -> None:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//"]
    for first, last in (
        ("20261231T160000Z", "20270101T155900Z"),
        ("20270204T160000Z", "20270211T160000Z"),
    ):
        lines += ["BEGIN:VEVENT", f"UID:{first}", f"DTSTART:{first}", f"DTEND:{last}"]
        lines += ["SUMMARY:放假", "END:VEVENT"]
    lines += [
        "BEGIN:VEVENT",
        "UID:3",
        "DTSTART;VALUE=DATE:20270405",
        "SUMMARY:清明节（休）",
        "END:VEVENT",
    ]
    listed = read_year_file("../\0..", "\r\n".join([*lines, "END:VCALENDAR", ""]).encode())
    assert [day.day for day in listed.days] == OFF


def test_a_name_that_is_none_is_no_fault() -> None:
    for name in ("..", "", "x" * 400 + ".csv", "a/b\0.csv"):
        with pytest.raises(BadInput):
            read_year_file(name, b"1,2\n3,4\n")
