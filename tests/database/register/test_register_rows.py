"""What a row of a file says of an entry, and what it leaves as it is."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from domain.errors import ChangedMeanwhile, FieldsWrong
from models import Community, RegisterImport
from models.session import unit_of_work
from services.clock import real_now
from services.register.entries import EntryFilter, list_entries
from services.register.exports import export_entries
from services.register.imports import (
    forget_imports,
    left_rows,
    map_columns,
    receive_file,
    take_rows,
)
from services.register.keep import write_entry
from services.register.rows import Fit, JudgedRow, judge_rows
from tests.builders import actor
from tests.database.register.clubs import (
    ADMINISTRATOR,
    add,
    change,
    exported,
    places,
    read,
    secretary,
)
from tests.toy.registers import CLUBS, Club

pytestmark = pytest.mark.usefixtures("toys")


def judged(content: bytes, name: str = "clubs.csv") -> list[JudgedRow]:
    """Return what the administrator would see of a file's rows."""
    who = actor(ADMINISTRATOR)
    with unit_of_work() as session:
        import_id = receive_file(session, CLUBS, actor=who, name=name, content=content)
        received = session.get_one(RegisterImport, import_id)
        return judge_rows(session, CLUBS, received, actor=who)


def taken(content: str) -> RegisterImport:
    """Let the administrator take the rows of a file."""
    who = actor(ADMINISTRATOR)
    with unit_of_work() as session:
        import_id = receive_file(
            session, CLUBS, actor=who, name="clubs.csv", content=content.encode()
        )
    with unit_of_work() as session:
        take_rows(session, CLUBS, actor=who, import_id=import_id)
    with unit_of_work() as session:
        return session.get_one(RegisterImport, import_id)


def test_a_file_of_two_columns_changes_known_entries_and_adds_none() -> None:
    entry = add(secretary(places()[0]), leader="王建国", dues=None, is_open=False)
    done = taken("name,members\n晨曦棋社,20\n新来的社,3\n")
    assert (done.added, done.changed) == (0, 1)
    assert done.faults == {
        "3": ["爱好：请填写。 社区：请填写。", "Pastime: Fill this in. Community: Fill this in."]
    }
    values = read(actor(ADMINISTRATOR), entry).values()
    assert (values["members"], values["leader"], values["is_open"]) == (20, "王建国", False)


def test_a_file_without_what_entries_are_known_by_takes_nothing() -> None:
    add(secretary(places()[0]))
    rows = judged(b"pastime,members\nchess,20\n")
    assert [(row.fit, set(row.wrong)) for row in rows] == [(Fit.WRONG, {"name"})]


def test_an_empty_cell_empties_what_may_be_empty_and_no_yes_or_no() -> None:
    who = secretary(places()[0])
    entry = add(who, pastime="opera", dues="5", is_open=False, leader="王建国")
    taken("name,dues,is_open,leader\n晨曦棋社,,,\n")
    values = read(who, entry).values()
    assert (values["dues"], values["is_open"], values["leader"]) == (None, False, "")


def test_what_a_file_does_not_show_stays_as_it_is() -> None:
    here, there = places()
    mine, other = (
        add(secretary(here), leader="王建国"),
        add(secretary(there), name="别处社", community=there, leader="李秀英"),
    )
    told = exported("csv", secretary(here))
    assert "王建国" in told
    assert "李秀英" not in told
    assert "（不公开）" in told
    done = taken(told.removeprefix("\ufeff").replace(",12,", ",13,"))
    assert (done.changed, done.faults) == (2, {})
    leaders = [read(actor(ADMINISTRATOR), entry).values()["leader"] for entry in (mine, other)]
    assert leaders == ["王建国", "李秀英"]


BROKEN = "坏".encode()[:2]
# By a text of some length its encoding is known.
LONG = "每周六上午在活动室" * 20


def test_a_broken_row_is_wrong_and_what_is_not_read_is_told() -> None:
    here = places()[0]
    good = f"name,pastime,community,members,about\n好社,chess,{here},3,{LONG}\n合计,,,3\n"
    content = b"\xef\xbb\xbf" + good.encode() + BROKEN + f",chess,{here},3\n".encode()
    rows = judged(content)
    assert [(row.number, row.fit) for row in rows] == [(2, Fit.NEW), (4, Fit.WRONG)]
    assert "cannot be read" in str(rows[1].wrong)
    who = actor(ADMINISTRATOR)
    with unit_of_work() as session:
        received = session.exec(select(RegisterImport)).one()
        assert received.totals == [3]
        take_rows(session, CLUBS, actor=who, import_id=received.id)
        left = left_rows(session, CLUBS, actor=who, import_id=received.id, lang="en")
        assert [str(row[0])[:1] for row in left.rows] == ["�"]
        page = list_entries(session, CLUBS, actor=None)
        assert [line.values()["name"] for line in page.lines] == ["好社"]


def test_a_broken_cell_of_a_column_that_was_assigned_by_hand_is_wrong() -> None:
    text = f"name,pastime,community,members,about,谁\n甲社,chess,{places()[0]},3,{LONG},"
    content = b"\xef\xbb\xbf" + text.encode() + BROKEN + b"\n"
    who = actor(ADMINISTRATOR)
    with unit_of_work() as session:
        import_id = receive_file(session, CLUBS, actor=who, name="a.csv", content=content)
        received = session.get_one(RegisterImport, import_id)
        mapping: dict[str, int | None] = {**received.mapping, "leader": 5}
        map_columns(session, CLUBS, actor=who, import_id=import_id, mapping=mapping)
        (row,) = judge_rows(session, CLUBS, received, actor=who)
        assert set(row.wrong) == {"leader"}


def test_where_no_column_is_known_the_header_is_the_first_line_below_the_titles() -> None:
    who = actor(ADMINISTRATOR)
    content = "社团一览\n二〇二六年\n甲,乙,\n1,2,3\n4,5,6\n".encode()
    with unit_of_work() as session:
        import_id = receive_file(session, CLUBS, actor=who, name="a.csv", content=content)
        assert session.get_one(RegisterImport, import_id).heads[:2] == ["甲", "乙"]


def test_a_name_that_two_places_share_means_neither_and_what_is_over_is_not_pointed_to() -> None:
    here, there = places()
    who = actor(ADMINISTRATOR)
    entry = add(who)
    with unit_of_work() as session:
        first, second = (session.get_one(Community, code) for code in (here, there))
        second.name = shared = first.name
    with pytest.raises(FieldsWrong) as wrong:
        add(who, name="同名处的社", community=shared)
    assert "several of this name" in wrong.value.fields["community"].en
    with unit_of_work() as session:
        session.get_one(Community, here).valid_to = date(2026, 1, 1)
    # The name means the one that is left, and the code of the other nothing new.
    assert read(None, add(who, name="后来的社", community=shared)).values()["community"] == there
    with pytest.raises(FieldsWrong) as wrong:
        add(who, name="过时的社", community=here)
    assert "no longer in use" in wrong.value.fields["community"].en
    rows = judged(f"name,pastime,community,members\n过时的社,chess,{here},3\n".encode())
    assert set(rows[0].wrong) == {"community"}
    # What pointed to it before may stay and be changed.
    change(who, entry, community=here, members="14")
    assert read(who, entry).values()["members"] == 14


def test_who_writes_what_somebody_else_has_changed_overwrites_nothing() -> None:
    who = secretary(places()[0])
    entry = add(who)
    with unit_of_work() as session:
        stale = session.get_one(Club, entry)
        change(actor(ADMINISTRATOR), entry, members="20")
        stale.members = 13
        with pytest.raises(ChangedMeanwhile):
            write_entry(session, CLUBS, stale, who)
        session.rollback()
    assert read(who, entry).values()["members"] == 20


def test_files_are_forgotten_after_a_month() -> None:
    judged(b"name\nx\n")
    judged(b"name\ny\n", "new.csv")
    with unit_of_work() as session:
        query = select(RegisterImport).order_by(col(RegisterImport.uploaded_at))
        old = session.exec(query).first()
        assert old is not None
        old.uploaded_at = real_now(session) - timedelta(days=31)
        session.flush()
        forget_imports(session)
        assert [row.filename for row in session.exec(query)] == ["new.csv"]


def test_an_entry_is_known_by_what_it_lacks() -> None:
    """Where entries are known by a column that may be empty, an empty one is found again."""
    add(secretary(places()[0]))
    apart = replace(CLUBS, known_by=("organisation", "name"))
    who = actor(ADMINISTRATOR)
    with unit_of_work() as session:
        body, _ = export_entries(session, apart, "csv", actor=who, asked=EntryFilter(), lang="en")
        import_id = receive_file(session, apart, actor=who, name="a.csv", content=body)
        received = session.get_one(RegisterImport, import_id)
        (row,) = judge_rows(session, apart, received, actor=who)
        assert row.fit is Fit.KNOWN
        # A file that does not tell it would add the same entry once more.
        import_id = receive_file(session, apart, actor=who, name="a.csv", content=b"name\nxx\n")
        (row,) = judge_rows(session, apart, session.get_one(RegisterImport, import_id), actor=who)
        assert set(row.wrong) == {"organisation"}
