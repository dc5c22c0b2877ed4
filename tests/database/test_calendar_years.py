"""A year's list of days off: read as others publish it, and what was provisional is counted anew."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO

import openpyxl
import pytest
from sqlalchemy import text
from sqlmodel import select

from domain.calendar import BEIJING, WorkCalendar
from domain.errors import BadInput
from domain.gates import GateKind
from domain.lifecycle import Stage
from models import (
    AuditEntry,
    Bid,
    Call,
    Gate,
    MaterialReview,
    OutboxMessage,
    WorkingPeriod,
)
from models.session import unit_of_work
from services.award.awards import latest_award
from services.calendar.counted_dates import CLOSING
from services.calendar.days import CalendarDayCreate, set_day
from services.calendar.year_files import ListedDay, YearList, read_year_file, year_file, year_list
from services.calendar_years import YearPlan, list_years, plan_year, publish_year
from services.clock import move_demo_clock, now, work_calendar
from services.conduct.material_reviews import MaterialReviewCreate, open_review
from services.letter_topics import TOPICS
from services.projects import cancel_project
from services.public.timeline import timeline
from tests.builders import Walk, actor, delivering, new_project

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


@pytest.fixture
def summer(database: str) -> int:
    """It is a first of June of a year that nobody has published."""
    assert database
    with unit_of_work() as session:
        year = now(session).year + 1
        move_demo_clock(session, to=datetime(year, 6, 1, 9, tzinfo=BEIJING))
        session.execute(text("DELETE FROM calendar_year WHERE year >= :year"), {"year": year})
        session.execute(text("DELETE FROM calendar_day WHERE day >= '2027-01-01'"))
    return year


def weekdays(year: int, which: Callable[[date], bool]) -> list[date]:
    first = date(year, 6, 1)
    return [day for day in (first + timedelta(n) for n in range(40)) if which(day)]


def listing(year: int, off: int = 0, worked: int = 0) -> YearList:
    """Return a list with so many days off, and weekend days worked, from the second of June on."""
    free = weekdays(year, lambda day: day.weekday() < 5 and day.day > 1)[:off]
    busy = weekdays(year, lambda day: day.weekday() >= 5)[:worked]
    rest = [date(year, 10, day) for day in range(1, 20)]
    rest = [day for day in rest if day.weekday() < 5][:9]
    days = [ListedDay(day, "holiday", "放假") for day in (*free, *rest)]
    return year_list([*days, *(ListedDay(day, "workday", "调休") for day in busy)])


def publish(listed: YearList) -> YearPlan:
    with unit_of_work() as session:
        return publish_year(session, actor=actor("administrator-1"), listed=listed, source="通知")


def call_of(walk: Walk) -> tuple[Call, Gate]:
    with unit_of_work() as session:
        call = session.exec(select(Call).where(Call.project_id == walk.project.id)).one()
        gate = session.exec(
            select(Gate).where(Gate.process_id == walk.project.id, Gate.kind == GateKind.TIMER)
        ).one()
        return call, gate


def test_a_call_closes_later_once_its_year_is_published(summer: int) -> None:
    walk = Walk(new_project())
    walk.to_bidding()
    call, gate = call_of(walk)
    assert call.published_at
    assert call.closes_at
    plain = WorkCalendar().add_working_days(call.published_at, 10)
    assert (call.closes_at, gate.due_at, gate.due_provisional) == (plain.at, plain.at, True)

    listed = listing(summer, off=3)
    with unit_of_work() as session:
        seen = plan_year(session, actor=actor("administrator-1"), listed=listed)
        assert now(session) < call.closes_at
    assert call_of(walk)[0].closes_at == plain.at

    done = publish(listed)
    assert done == seen
    off = frozenset(day.day for day in listed.days)
    wanted = WorkCalendar(off, years=frozenset({summer})).add_working_days(call.published_at, 10).at
    assert wanted > plain.at
    call, gate = call_of(walk)
    assert (call.closes_at, gate.due_at, gate.due_provisional) == (wanted, wanted, False)
    assert (done.moves[0].name, done.moves[0].before, done.moves[0].after) == (
        CLOSING.name,
        plain.at,
        wanted,
    )
    with unit_of_work() as session:
        assert session.exec(select(WorkingPeriod)).all() == []
        moved = session.exec(select(AuditEntry).where(AuditEntry.action == "call.dates")).all()
        assert [entry.subject for entry in moved] == [walk.project.code]
        assert work_calendar(session).years >= {summer}
        years = {year.year: year for year in list_years(session, actor=actor("administrator-1"))}
        assert years[summer].source == "通知"


def test_what_people_were_told_never_comes_earlier(summer: int) -> None:
    walk = Walk(new_project())
    walk.to_bidding()
    before = call_of(walk)[0].closes_at
    done = publish(listing(summer, worked=4))
    assert call_of(walk)[0].closes_at == before
    assert all(move.after == move.before for move in done.moves if move.name == CLOSING.name)


def test_a_task_is_due_when_the_published_calendar_says(summer: int) -> None:
    walk = Walk(new_project())
    gate = walk.to_evaluation_approval()
    assert gate.due_at
    assert gate.due_provisional
    publish(listing(summer, worked=2))
    gate = walk.read(gate)
    assert gate.due_at
    assert not gate.due_provisional
    busy = frozenset(weekdays(summer, lambda day: day.weekday() >= 5)[:2])
    wanted = WorkCalendar(workdays=busy).add_working_days(gate.opened_at, 5).at
    assert gate.due_at == wanted < WorkCalendar().add_working_days(gate.opened_at, 5).at


def test_who_has_a_date_of_their_own_is_told_that_it_moved(summer: int) -> None:
    walk = delivering()
    with unit_of_work() as session:
        award = latest_award(session, walk.project)
        supplier = session.get_one(Bid, award.bid_id).lead_id
        made = open_review(
            session,
            project_id=walk.project.id,
            actor=actor(f"street-{walk.project.street_code}-1"),
            review=MaterialReviewCreate(
                organisation=supplier,
                claim="意向书称有专职社工 5 名。",
                proof="社保缴费记录只有 2 名。",
            ),
        )
        before = made.reply_until
    day = before.astimezone(BEIJING).date() - timedelta(days=1)
    rest = [date(summer, 11, n) for n in range(1, 20) if date(summer, 11, n).weekday() < 5][:8]
    publish(year_list(ListedDay(one, "holiday", "放假") for one in (day, *rest)))
    with unit_of_work() as session:
        review = session.exec(select(MaterialReview)).one()
        assert review.reply_until > before
        letter = session.exec(
            select(OutboxMessage).where(OutboxMessage.topic == "date.moved")
        ).one()
        assert letter.audience == f"organisation:{supplier}"
        assert "顺延至" in TOPICS["date.moved"].say(letter.facts).zh
        # That somebody is accused is nobody else's to know.
        said = [moment.text.zh for moment in timeline(session, walk.project)]
        assert not any("顺延" in text for text in said)


def test_what_is_over_moves_no_more_and_nobody_is_told(summer: int) -> None:
    walk = Walk(new_project())
    walk.to_bidding()
    before = call_of(walk)[0].closes_at
    with unit_of_work() as session:
        who = actor("administrator-1")
        cancel_project(session, project_id=walk.project.id, actor=who, reason="不再需要")
    publish(listing(summer, off=3))
    assert call_of(walk)[0].closes_at == before
    with unit_of_work() as session:
        assert session.exec(select(AuditEntry).where(AuditEntry.action == "call.dates")).all() == []
        assert session.exec(select(WorkingPeriod)).all() == []


def test_nothing_comes_due_by_being_counted_again(summer: int) -> None:
    """A winner who has until tomorrow to sign keeps that day, whatever the list says."""
    walk = Walk(new_project())
    walk.to_agreement()
    gate = walk.open(Stage.NOTICE, GateKind.EVENT)
    assert gate.due_at
    assert gate.due_provisional
    first = gate.opened_at.astimezone(BEIJING).date() + timedelta(days=1)
    weekend = [first + timedelta(n) for n in range(20)]
    worked = [day for day in weekend if day.weekday() >= 5][:3]
    rest = [date(summer, 11, n) for n in range(1, 20) if date(summer, 11, n).weekday() < 5][:8]
    done = publish(
        year_list(
            [
                *(ListedDay(day, "workday", "调休") for day in worked),
                *(ListedDay(day, "holiday", "放假") for day in rest),
            ]
        )
    )
    after = walk.read(gate)
    assert (after.due_at, after.due_provisional) == (gate.due_at, False)
    assert all(move.after >= move.before for move in done.moves)


def test_a_day_set_by_hand_does_not_keep_a_task_from_being_counted_again(summer: int) -> None:
    walk = Walk(new_project())
    gate = walk.to_evaluation_approval()
    assert gate.due_at
    free = weekdays(summer, lambda day: day.weekday() < 5 and day.day > 1)[0]
    with unit_of_work() as session:
        form = CalendarDayCreate(day=free, kind="holiday", reason="放假")
        set_day(session, actor=actor("administrator-1"), form=form)
    publish(listing(summer, off=1))
    after = walk.read(gate)
    wanted = WorkCalendar(frozenset({free})).add_working_days(gate.opened_at, 5).at
    assert (after.due_at, after.due_provisional) == (wanted, False)


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


def test_one_day_does_not_publish_a_year(summer: int) -> None:
    with unit_of_work() as session:
        day = weekdays(summer, lambda day: day.weekday() < 5)[5]
        form = CalendarDayCreate(day=day, kind="holiday", reason="放假")
        set_day(session, actor=actor("administrator-1"), form=form)
        assert summer not in work_calendar(session).years
