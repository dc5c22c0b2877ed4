"""Files and calendars of registers, by a toy that is nothing but a declaration."""

import io
import json
from datetime import date
from uuid import UUID

import pytest
from icalendar import Calendar
from openpyxl import Workbook
from sqlmodel import Session

from domain.errors import (
    BadInput,
    FieldsWrong,
    NotFound,
    NotPermitted,
)
from models import RegisterImport
from models.session import unit_of_work
from services.register import imports
from services.register.entries import (
    EntryFilter,
    EntryStanding,
    list_entries,
)
from services.register.exports import export_entries
from services.register.rows import Fit, JudgedRow, judge_rows
from tests.builders import actor
from tests.database.register.clubs import (
    ADMINISTRATOR,
    add,
    change,
    end,
    exported,
    names,
    places,
    secretary,
)
from tests.toy.registers import CLUBS

pytestmark = pytest.mark.usefixtures("toys")


def test_an_export_is_what_an_import_reads() -> None:
    who = secretary(places()[0])
    add(who, leader="王建国", about="=1+1", meets_on="2027-01-05")
    add(who, name="霓裳戏曲社", pastime="opera", dues="1234.50", is_open=False)
    for form in ("csv", "xlsx"):
        for lang in ("zh", "en"):
            with unit_of_work() as session:
                body, _ = export_entries(
                    session, CLUBS, form, actor=who, asked=EntryFilter(), lang=lang
                )
                received = imports.receive_file(
                    session, CLUBS, actor=who, name=f"clubs.{form}", content=body
                )
                rows = judged(session, received)
                assert [row.fit for row in rows] == [Fit.KNOWN, Fit.KNOWN], (form, lang, rows)
    items = json.loads(exported("json", who))["items"]
    assert [(item["name"], item["dues"], item["is_open"]) for item in items] == [
        ("晨曦棋社", None, True),
        ("霓裳戏曲社", "1234.50", False),
    ]
    assert "'=1+1" in exported("csv", who)


def judged(session: Session, import_id: UUID) -> list[JudgedRow]:
    received = session.get_one(RegisterImport, import_id)
    return judge_rows(session, CLUBS, received, actor=actor(ADMINISTRATOR))


def workbook(*rows: tuple[object, ...]) -> bytes:
    """Return a workbook with a title above its header, as people send it."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["2026 年社团一览"])
    for row in rows:
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_file_with_another_order_and_wrong_rows_is_mapped_previewed_and_taken() -> None:
    here, there = places()
    who = secretary(here)
    add(who, name="晨曦棋社", leader="王建国", members="12")
    content = workbook(
        ("活动日", "社团人数", "名称", "社区", "爱好", "会费"),
        ("2027年1月5日", "120 人", "霓裳戏曲社", here, "戏曲", "12.5元"),
        ("", 13, "晨曦棋社", here, "棋", ""),
        ("", 5, "重名社", here, "棋", ""),
        ("", 6, "重名社", here, "棋", ""),
        ("", 0, "无人社", here, "棋", ""),
        ("明天", 3, "何时社", "没有这个社区", "跳舞", "x"),
        ("", 3, "收费棋社", here, "棋", "9"),
    )
    with unit_of_work() as session:
        import_id = imports.receive_file(
            session, CLUBS, actor=who, name="社团.xlsx", content=content
        )
    with unit_of_work() as session:
        received = session.get_one(RegisterImport, import_id)
        assert {name: received.heads[place] for name, place in received.mapping.items()} == {
            "name": "名称",
            "community": "社区",
            "pastime": "爱好",
            "dues": "会费",
        }
        # Two columns have names of their own: the person says which they are.
        mapping: dict[str, int | None] = dict(received.mapping)
        again = mapping | {"meets_on": mapping["name"]}
        with pytest.raises(FieldsWrong):
            imports.map_columns(session, CLUBS, actor=who, import_id=import_id, mapping=again)
        mapping |= {"meets_on": 0, "members": 1}
        imports.map_columns(session, CLUBS, actor=who, import_id=import_id, mapping=mapping)
    with unit_of_work() as session:
        rows = judged(session, import_id)
        fits = [row.fit.value for row in rows]
        assert fits == ["new", "changed", "new", "wrong", "wrong", "wrong", "wrong"]
        assert [set(row.wrong) for row in rows] == [
            set(),
            set(),
            set(),
            {""},
            {"members"},
            {"meets_on", "pastime", "dues"},
            {"dues"},
        ]
        assert rows[5].wrong["pastime"].en == "Write one of these: chess, opera."
        assert rows[3].wrong[""].en == "The same as row 5 of this file."
        assert names(who) == ["晨曦棋社"]
        with pytest.raises(NotFound):
            imports.read_import(session, CLUBS, actor=secretary(there), import_id=import_id)
    with unit_of_work() as session:
        done = imports.take_rows(session, CLUBS, actor=who, import_id=import_id)
        assert (done.added, done.changed, done.known, len(done.rows)) == (2, 1, 0, 4)
    assert set(names(who)) == {"晨曦棋社", "重名社", "霓裳戏曲社"}
    with unit_of_work() as session:
        (line,) = list_entries(session, CLUBS, actor=who, asked=EntryFilter("晨曦")).lines
        # What the file does not have stays as it was.
        assert (line.values()["members"], line.values()["leader"]) == (13, "王建国")
        with pytest.raises(BadInput, match="imported already"):
            imports.take_rows(session, CLUBS, actor=who, import_id=import_id)
        left = imports.left_rows(session, CLUBS, actor=who, import_id=import_id, lang="zh")
        assert left.heads[-1] == "须修正"
        assert [row[2] for row in left.rows] == [
            "重名社",
            "无人社",
            "何时社",
            "收费棋社",
        ]
        assert left.rows[3][-1] == "会费：棋社不收会费。"


def test_a_file_brings_nothing_into_another_s_place_and_takes_nothing_from_it() -> None:
    here, there = places()
    who = secretary(here)
    add(secretary(there), name="别处社", community=there, leader="王建国")
    content = (
        f"name,pastime,community,members\n甲社,chess,{here},3\n乙社,chess,{there},3\n"
        f"别处社,chess,{here},3\n"
    )
    with unit_of_work() as session:
        import_id = imports.receive_file(
            session, CLUBS, actor=who, name="a.csv", content=content.encode()
        )
        received = session.get_one(RegisterImport, import_id)
        rows = judge_rows(session, CLUBS, received, actor=who)
        assert [row.fit for row in rows] == [Fit.NEW, Fit.NEW, Fit.WRONG]
    with unit_of_work() as session:
        done = imports.take_rows(session, CLUBS, actor=who, import_id=import_id)
        assert (done.added, done.changed, len(done.rows)) == (1, 0, 2)
        left = imports.left_rows(session, CLUBS, actor=who, import_id=import_id, lang="en")
        assert all("outside what you are responsible for" in str(row[-1]) for row in left.rows)
    assert names() == ["别处社", "甲社"]
    with unit_of_work() as session:
        (line,) = list_entries(session, CLUBS, actor=None, asked=EntryFilter("别处")).lines
        assert line.values()["community"] == there


def test_what_has_ended_is_known_again() -> None:
    who = secretary(places()[0])
    entry = add(who, since="2026-01-01")
    end(who, entry, date(2026, 2, 1))
    with unit_of_work() as session:
        asked = EntryFilter(standing=EntryStanding.ALL)
        body, _ = export_entries(session, CLUBS, "csv", actor=who, asked=asked, lang="zh")
        received = imports.receive_file(session, CLUBS, actor=who, name="a.csv", content=body)
        assert [row.fit for row in judged(session, received)] == [Fit.KNOWN]


def test_a_cell_with_braces_is_told_as_it_stands() -> None:
    who = secretary(places()[0])
    content = f"name,pastime,community,members,meets_on\n甲社,chess,{places()[0]},3,{{x}}\n"
    with unit_of_work() as session:
        received = imports.receive_file(
            session, CLUBS, actor=who, name="a.csv", content=content.encode()
        )
        left = imports.left_rows(session, CLUBS, actor=who, import_id=received, lang="en")
        assert "'{x}' is not understood" in str(left.rows[0][-1])


def test_a_file_that_is_none_is_refused_with_what_to_do() -> None:
    who = secretary(places()[0])
    rows = "\n".join(f"社{number},chess" for number in range(imports.MOST_ROWS + 1))
    for name, content, sentence in (
        ("x.pdf", b"%PDF-1.7", "not supported"),
        ("long.csv", f"name,pastime\n{rows}".encode(), "split it"),
        ("large.csv", b"x" * (imports.LARGEST + 1), "split it"),
        ("empty.csv", b"", "empty"),
    ):
        with unit_of_work() as session, pytest.raises(BadInput, match=sentence):
            imports.receive_file(session, CLUBS, actor=who, name=name, content=content)
    with unit_of_work() as session, pytest.raises(NotPermitted):
        imports.receive_file(
            session, CLUBS, actor=actor("expert-1"), name="a.csv", content=b"name\nx"
        )


def test_the_calendar_has_a_day_for_each_entry_that_has_one() -> None:
    who = secretary(places()[0])
    entry = add(who, meets_on="2027-01-05")
    add(who, name="无期社")
    (event,) = Calendar.from_ical(exported("ics", None)).events
    assert (event.start, event.end) == (date(2027, 1, 5), date(2027, 1, 6))
    assert str(event["summary"]) == "晨曦棋社"
    uid = str(event["uid"])
    change(who, entry, meets_on="2027-01-06")
    (event,) = Calendar.from_ical(exported("ics", None)).events
    assert (str(event["uid"]), event["sequence"], event.start) == (uid, 1, date(2027, 1, 6))
