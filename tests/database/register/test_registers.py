"""The kit of registers, by a toy that is nothing but a declaration: entries, scope, history."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from domain.calendar import BEIJING
from domain.errors import (
    BadInput,
    ChangedMeanwhile,
    FieldsWrong,
    NotPermitted,
)
from models import AuditEntry, Community, RegisterVersion
from models.session import unit_of_work
from services import audit_chain
from services.audit_chain import seal, verify
from services.clock import move_demo_clock
from services.register.catalogue import install_registers
from services.register.declaration import Exposure
from services.register.entries import (
    EntryFilter,
    EntryStanding,
    as_of,
    list_entries,
    read_entry,
    read_history,
    today,
)
from services.register.keep import (
    version_digest,
)
from services.register.proofs import unrecorded
from tests.builders import actor
from tests.database.register.clubs import (
    ADMINISTRATOR,
    add,
    change,
    club,
    end,
    exported,
    names,
    places,
    read,
    secretary,
)
from tests.racing import at_once
from tests.toy.registers import CLUBS, Club

pytestmark = pytest.mark.usefixtures("toys")


def test_an_entry_is_added_found_changed_and_ended() -> None:
    here, _ = places()
    who = secretary(here)
    entry = add(who, leader="王建国", about="每周六上午")
    add(who, name="霓裳戏曲社", pastime="opera", members="30", dues="12.5")
    assert names() == ["晨曦棋社", "霓裳戏曲社"]
    assert names(text="霓裳") == ["霓裳戏曲社"]
    assert names(chosen={"pastime": "chess"}) == ["晨曦棋社"]
    assert names(chosen={"is_open": "false"}) == []
    with unit_of_work() as session:
        community = session.get_one(Community, here).name
    assert len(names(text=community)) == 2
    change(who, entry, 1, members="15")
    assert read(who, entry).values() | {"names": {}, "since": None} == {
        "id": entry,
        "version": 2,
        "since": None,
        "ended_on": None,
        "name": "晨曦棋社",
        "pastime": "chess",
        "community": here,
        "organisation": None,
        "meets_on": None,
        "members": 15,
        "dues": None,
        "is_open": True,
        "leader": "",
        "about": "",
        "names": {},
    }
    end(who, entry)
    assert names() == ["霓裳戏曲社"]
    assert names(standing=EntryStanding.OVER) == ["晨曦棋社"]
    assert names(standing=EntryStanding.ALL) == ["晨曦棋社", "霓裳戏曲社"]
    with pytest.raises(BadInput, match="ended already"):
        end(who, entry)
    # Undone: the day on which it ended is emptied.
    change(who, entry, members="15")
    assert names() == ["晨曦棋社", "霓裳戏曲社"]


def test_an_entry_counts_from_its_day_until_the_day_on_which_it_ends() -> None:
    who = secretary(places()[0])
    entry = add(who, since="2026-03-01")
    end(who, entry, date(2026, 4, 1))
    for day, counts in (
        (date(2026, 2, 28), False),
        (date(2026, 3, 1), True),
        (date(2026, 3, 31), True),
        (date(2026, 4, 1), False),
    ):
        assert bool(names(on=day)) is counts, day
    with pytest.raises(FieldsWrong) as wrong:
        add(who, name="另一个社", since="2026-03-02", ended_on="2026-03-01")
    assert set(wrong.value.fields) == {"ended_on"}


def test_an_entry_does_not_end_before_it_begins_nor_hold_what_its_table_cannot() -> None:
    who = secretary(places()[0])
    entry = add(who, since="2026-03-01")
    with pytest.raises(FieldsWrong) as wrong:
        end(who, entry, date(1990, 1, 1))
    assert set(wrong.value.fields) == {"ended_on"}
    for values in ({"dues": "1e27"}, {"dues": "1234567890"}, {"meets_on": "9999-12-31"}):
        with pytest.raises(ValidationError):
            CLUBS.command.model_validate(club(pastime="opera", **values))


def test_history_says_who_changed_what_and_what_was_on_record_on_a_day() -> None:
    who = secretary(places()[0])
    entry = add(who, leader="王建国", dues=None)
    with unit_of_work() as session:
        first = today(session)
        move_demo_clock(session, to=datetime.now(BEIJING) + timedelta(days=3))
    change(who, entry, members="15", leader="李秀英")
    # The same once more is no version.
    change(who, entry, members="15", leader="李秀英")
    with unit_of_work() as session:
        line = read_entry(session, CLUBS, actor=who, entry_id=entry)
        history = read_history(session, line)
        assert [(version.number, version.by is not None) for version in history] == [
            (2, True),
            (1, True),
        ]
        told = {change.name: change for change in history[0].changes}
        assert set(told) == {"members", "leader"}
        members = told["members"]
        assert (members.before.value, members.after.value) == (12, 15)  # type: ignore[union-attr]
        assert not told["leader"].is_kept
        assert (told["leader"].before, told["leader"].after) == (None, None)
        assert as_of(history, first - timedelta(days=1)) is None
        then, later = as_of(history, first), as_of(history, first + timedelta(days=3))
        assert then is not None
        assert later is not None
        assert (then.number, later.number) == (1, 2)
        assert then.line.values()["members"] == 12
        # No version keeps a personal text, and the public does not learn who keeps the register.
        versions = session.exec(select(RegisterVersion)).all()
        assert "王建国" not in str([version.facts for version in versions])
        seen = read_history(session, read_entry(session, CLUBS, actor=None, entry_id=entry))
        assert {version.by for version in seen} == {None}
        assert "leader" not in {change.name for version in seen for change in version.changes}


def test_an_amount_that_is_typed_otherwise_is_the_same() -> None:
    who = secretary(places()[0])
    entry = add(who, pastime="opera", dues="12.5")
    change(who, entry, pastime="opera", dues="12.50")
    assert read(who, entry).version == 1


def test_who_has_read_an_older_version_overwrites_nothing() -> None:
    who = secretary(places()[0])
    entry = add(who)
    change(actor(ADMINISTRATOR), entry, 1, members="20")
    with pytest.raises(ChangedMeanwhile):
        change(who, entry, 1, members="13")
    assert read(who, entry).values()["members"] == 20


def test_the_register_s_own_rules_and_constraints_speak() -> None:
    who = secretary(places()[0])
    with pytest.raises(FieldsWrong) as wrong:
        add(who, dues="5")
    assert wrong.value.fields["dues"].en == "A chess club takes no dues."
    with pytest.raises(FieldsWrong) as wrong:
        add(who, community="没有这个社区", organisation="没有这个组织")
    assert set(wrong.value.fields) == {"community", "organisation"}
    add(who)
    with pytest.raises(BadInput, match="of this name"):
        add(who)
    with unit_of_work() as session:
        assert len(session.exec(select(RegisterVersion)).all()) == 1


def test_two_at_once_record_it_once() -> None:
    who = secretary(places()[0])
    results = at_once(lambda: add(who), lambda: add(who))
    assert sorted(type(result).__name__ for result in results) == ["BadInput", "UUID"]


def test_everybody_keeps_what_is_theirs() -> None:
    here, there = places()
    mine, other = secretary(here), secretary(there)
    entry = add(mine)
    with pytest.raises(NotPermitted):
        add(other, name="越界的社")
    with pytest.raises(NotPermitted):
        change(other, entry, members="1")
    with pytest.raises(NotPermitted):
        end(other, entry)
    # Nor can a secretary hand a club to another's place.
    with pytest.raises(NotPermitted):
        change(mine, entry, community=there)
    for nobody in (actor("expert-1"), actor(f"street-{here[:9]}-1")):
        with pytest.raises(NotPermitted):
            add(nobody, name="无权的社")
    change(actor(ADMINISTRATOR), entry, community=there)
    assert read(None, entry).values()["community"] == there
    assert names(text="越界") == names(text="无权") == []


def test_the_public_sees_no_column_that_is_personal() -> None:
    here, there = places()
    entry = add(secretary(here), leader="王建国", meets_on="2027-01-05")
    for who in (None, secretary(there), actor("expert-1")):
        assert "leader" not in read(who, entry).values()
        for form in ("csv", "xlsx", "json", "ics"):
            assert "王建国" not in exported(form, who)
    for office in (secretary(here), actor(ADMINISTRATOR)):
        assert read(office, entry).values()["leader"] == "王建国"
        assert "王建国" in exported("csv", office)
    # Nor does a search or a filter tell what they may not see.
    columns = [replace(column, searched=column.is_text) for column in CLUBS.columns]
    searched = replace(CLUBS, columns=tuple(columns), code="toy-searched")
    for who, count in ((None, 0), (secretary(there), 0), (secretary(here), 1)):
        with unit_of_work() as session:
            asked = EntryFilter(text="王建国")
            assert len(list_entries(session, searched, actor=who, asked=asked).lines) == count


def test_pages_follow_each_other_by_cursors_that_tell_nothing() -> None:
    who = secretary(places()[0])
    wanted = [f"社团{number:02d}" for number in range(7)]
    for name in reversed(wanted):
        add(who, name=name)
    seen: list[str] = []
    after = ""
    with unit_of_work() as session:
        while True:
            page = list_entries(session, CLUBS, actor=None, after=after, size=3)
            seen += [line.values()["name"] for line in page.lines]
            if page.next is None:
                break
            after = str(UUID(page.next))
        assert seen == wanted
        assert list_entries(session, CLUBS, actor=None, size=3).total == 7
        for strange in ("x", str(UUID(int=1))):
            with pytest.raises(BadInput, match="first page"):
                list_entries(session, CLUBS, actor=None, after=strange)
        with pytest.raises(BadInput, match="no choice"):
            list_entries(session, CLUBS, actor=None, asked=EntryFilter(chosen={"pastime": "x"}))


def test_every_version_is_in_the_chain_and_nobody_changes_one() -> None:
    who = secretary(places()[0])
    entry = add(who)
    change(who, entry, members="15")
    end(who, entry)
    with unit_of_work() as session:
        entries = session.exec(
            select(AuditEntry)
            .where(AuditEntry.subject == f"toy-clubs/{entry}")
            .order_by(col(AuditEntry.id))
        ).all()
        assert [(row.action, row.actor) for row in entries] == [
            ("register.added", who.login),
            ("register.changed", who.login),
            ("register.ended", who.login),
        ]
        versions = session.exec(
            select(RegisterVersion)
            .where(RegisterVersion.entry_id == entry)
            .order_by(col(RegisterVersion.version))
        ).all()
        assert [row.facts["digest"] for row in entries] == list(map(version_digest, versions))
    with unit_of_work() as session:
        while seal(session):
            pass
        assert verify(session).ok
    for statement in (
        "UPDATE register_version SET since = since - 1",
        "DELETE FROM register_version",
        "TRUNCATE register_version",
    ):
        with unit_of_work() as session, pytest.raises(DBAPIError, match="neither changed"):
            session.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "noticed"),
    [
        (
            """UPDATE register_version SET facts = facts || '{"members": 13}'""",
            {"a version of a register was changed", "register entry is not as recorded"},
        ),
        (
            "UPDATE register_version SET recorded_at = recorded_at - interval '1 day'",
            {"a version of a register was changed"},
        ),
        (
            "UPDATE register_version SET recorded_by ="
            " (SELECT id FROM person WHERE login = 'expert-1')",
            {"a version of a register was changed"},
        ),
        (
            "UPDATE register_version SET recorded_by = NULL",
            {"a version of a register was changed"},
        ),
        (
            "DELETE FROM register_version",
            {"a version of a register was changed", "register entry is not as recorded"},
        ),
        (
            "INSERT INTO register_version (register_code, entry_id, version, since, facts, changed,"
            " recorded_at, salt) SELECT register_code, entry_id, 2, since, facts, changed,"
            " recorded_at, salt FROM register_version",
            {"register entry is not as recorded"},
        ),
        ("UPDATE toy_club SET members = 13", {"register entry is not as recorded"}),
    ],
)
def test_what_was_changed_behind_the_platform_is_noticed(statement: str, noticed: set[str]) -> None:
    entry = add(secretary(places()[0]))
    with unit_of_work() as session:
        seal(session)
        assert verify(session).ok
        session.execute(text("ALTER TABLE register_version DISABLE TRIGGER ALL"))
        session.execute(text(statement))
        problems = verify(session).problems
        assert {
            re.sub(rf"toy-clubs/{entry}( \(2\))? ", "", told) for _, _, told in problems
        } == noticed


def test_an_entry_that_is_recorded_while_one_verifies_is_no_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is committed after the verification began is found with its version, or not at all."""
    who = secretary(places()[0])
    add(who)
    with unit_of_work() as session:
        seal(session)
    chained = audit_chain._chained

    def recorded_meanwhile(session: Session) -> Iterator[tuple[AuditEntry, bool]]:
        add(who, name="其间登记的社")
        with unit_of_work(apart=True) as other:
            seal(other)
        yield from chained(session)

    monkeypatch.setattr(audit_chain, "_chained", recorded_meanwhile)
    with unit_of_work() as session:
        verification = verify(session)
    assert verification.ok, verification.problems


def test_a_column_that_is_new_makes_no_entry_unlike_its_version() -> None:
    add(secretary(places()[0]))
    about = next(column for column in CLUBS.columns if column.name == "about")
    older = tuple(column for column in CLUBS.columns if column.name != "about")
    install_registers([replace(CLUBS, columns=older)])
    add(secretary(places()[0]), name="从前的社")
    install_registers([replace(CLUBS, columns=(*older, about))])
    with unit_of_work() as session:
        assert list(unrecorded(session)) == []


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"within": {}}, "no column says where"),
        ({"known_by": ("nothing",)}, "no columns"),
        ({"exposure": Exposure.CLOSED}, "no calendar"),
        (
            {"columns": tuple(replace(column, searched=True) for column in CLUBS.columns)},
            "no text to be searched",
        ),
        ({"columns": (replace(CLUBS.columns[0], wire="on"),), "known_by": ()}, "no names"),
        (
            {"columns": (replace(CLUBS.columns[0], filters=True), *CLUBS.columns[1:])},
            "no choices",
        ),
        ({"order": col(Club.meets_on)}, "an order is a column"),
        ({"order": col(Club.leader)}, "an order is a column"),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(
    changed: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        install_registers([replace(CLUBS, **changed)])
    with pytest.raises(ValueError, match="share a code"):
        install_registers([CLUBS, CLUBS])
