"""What a closed register keeps to itself, and what the analytics and an erasure do with registers."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from analytics.snapshot import reading
from domain.errors import (
    NotFound,
    NotPermitted,
    SignInNeeded,
)
from domain.identity.roles import Grant, Role, Scope
from domain.text import Text
from models import AuditEntry, RegisterImport
from models.session import unit_of_work
from services.district.ties import TIES
from services.identity.erasures import erase_person
from services.public.publish_snapshot import publish_snapshot
from services.register import imports
from services.register.catalogue import install_registers
from services.register.entries import (
    EntryFilter,
    list_entries,
    read_entry,
    today,
)
from services.register.exports import export_entries
from services.register.keep import (
    add_entry,
)
from services.register.rows import Fit, judge_rows
from services.register.sight import may_see
from tests.builders import actor
from tests.database.register.clubs import ADMINISTRATOR, add, change, places, secretary
from tests.toy.closed_register import CIRCLE
from tests.toy.registers import CLUBS

pytestmark = pytest.mark.usefixtures("toys")


CONFIDED = "只对书记说过的话"


def confide(place: str = "") -> UUID:
    """Put something into the closed register."""
    here = place or places()[0]
    with unit_of_work() as session:
        sent = CIRCLE.command.model_validate(
            {"login": "expert-2", "community": here, "nickname": "小王", "confided": CONFIDED}
        )
        return add_entry(session, CIRCLE, actor=secretary(here), sent=sent).id


def test_every_look_at_a_closed_register_is_on_record() -> None:
    here, there = places()
    entry = confide()
    who = secretary(here)
    with unit_of_work() as session:
        assert list_entries(session, CIRCLE, actor=who).lines
        assert read_entry(session, CIRCLE, actor=who, entry_id=entry)
        assert not list_entries(session, CIRCLE, actor=secretary(there)).lines
        with pytest.raises(NotFound):
            read_entry(session, CIRCLE, actor=secretary(there), entry_id=entry)
        for stranger, error in ((None, SignInNeeded), (actor(ADMINISTRATOR), NotPermitted)):
            with pytest.raises(error):
                list_entries(session, CIRCLE, actor=stranger)
    with unit_of_work() as session:
        looks = session.exec(
            select(AuditEntry.subject, AuditEntry.actor, AuditEntry.facts)
            .where(AuditEntry.action == "register.seen")
            .order_by(col(AuditEntry.id))
        ).all()
        assert [tuple(row) for row in looks] == [
            ("toy-circle", who.login, {"entries": 1}),
            (f"toy-circle/{entry}", who.login, {"entries": 1}),
            ("toy-circle", secretary(there).login, {"entries": 0}),
        ]


def test_nothing_of_a_closed_register_is_exported_searched_or_chained() -> None:
    confide()
    who = secretary(places()[0])
    with unit_of_work() as session:
        for form in ("csv", "xlsx", "json", "ics"):
            with pytest.raises(NotFound):
                export_entries(session, CIRCLE, form, actor=who, asked=EntryFilter(), lang="zh")
        page = list_entries(session, CIRCLE, actor=who, asked=EntryFilter(text="没有这个人"))
        # A search is not asked.
        assert len(page.lines) == 1
    file = f"login,community,nickname,confided\nexpert-3,{places()[0]},小李,{CONFIDED}\n".encode()
    with unit_of_work() as session:
        import_id = imports.receive_file(session, CIRCLE, actor=who, name="a.csv", content=file)
        received = session.get_one(RegisterImport, import_id)
        assert [row.fit for row in judge_rows(session, CIRCLE, received, actor=who)] == [Fit.NEW]
        imports.take_rows(session, CIRCLE, actor=who, import_id=import_id)
        assert received.rows == []
    with unit_of_work() as session:
        assert tables_with(session, CONFIDED) == {"toy_confidant"}
        for nickname in ("小王", "小李"):
            assert tables_with(session, nickname) == {"toy_confidant", "register_version"}
        looks = session.exec(
            select(AuditEntry.facts).where(
                AuditEntry.action == "register.seen", AuditEntry.subject == "toy-circle"
            )
        ).all()
        # The list, the preview, and the rows as they were taken.
        assert len(looks) == 3


def tables_with(session: Session, word: str) -> set[str]:
    """Return the tables of the whole database in which a word stands."""
    tables = session.execute(
        text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    ).scalars()
    count = "SELECT count(*) FROM {} t WHERE strpos(t::text, :word) > 0"
    return {
        table
        for table in tables
        if session.execute(text(count.format(f'"{table}"')), {"word": word}).scalar_one()
    }


def test_who_is_erased_is_named_by_no_entry() -> None:
    here, _ = places()
    entry = confide()
    who = secretary(here)
    content = "login,community,nickname\nexpert-2,x,小王\n".encode()
    with unit_of_work() as session:
        imports.receive_file(session, CIRCLE, actor=who, name="a.csv", content=content)
    with unit_of_work() as session:
        erase_person(session, login="expert-2", actor="operator")
    with unit_of_work() as session:
        values = read_entry(session, CIRCLE, actor=who, entry_id=entry).values()
        assert values["ended_on"] == today(session)
        assert values["confided"] == ""
        assert str(values["login"]).startswith("erased-")
        assert session.exec(select(RegisterImport)).all() == []
        kept = session.execute(text("SELECT string_agg(t::text, ' ') FROM register_version t"))
        assert CONFIDED not in kept.scalar_one()
        row = session.execute(text("SELECT string_agg(t::text, ' ') FROM toy_confidant t"))
        assert CONFIDED not in row.scalar_one()


def test_no_rule_of_a_register_keeps_a_person_from_being_erased() -> None:
    def refuse(session: Session, entry: object) -> dict[str, Text]:
        del session, entry
        return {"confided": Text("不得修改。", "Never to be changed.")}

    here, _ = places()
    entry = confide()
    install_registers([replace(CIRCLE, checks=(refuse,))])
    with unit_of_work() as session:
        erase_person(session, login="expert-2", actor="operator")
    with unit_of_work() as session:
        values = read_entry(session, CIRCLE, actor=secretary(here), entry_id=entry).values()
        assert (values["confided"], values["ended_on"]) == ("", today(session))


def test_who_sees_a_register_is_shown_the_way_to_it() -> None:
    keeper = Grant(Role.COMMUNITY_SECRETARY, Scope.COMMUNITY, places()[0])
    assert [may_see(register, ()) for register in (CLUBS, CIRCLE, TIES)] == [True, False, False]
    assert [may_see(register, (keeper,)) for register in (CIRCLE, TIES)] == [True, False]


def test_the_snapshot_has_a_dimension_with_its_history(database: str, tmp_path: Path) -> None:
    assert database
    who = secretary(places()[0])
    entry = add(who, pastime="opera", dues="12.50", leader="王建国")
    change(who, entry, pastime="opera", dues="13", members="15", leader="王建国")
    confide()
    published = publish_snapshot(tmp_path)
    with reading(published) as snapshot:
        rows = snapshot.execute(
            "SELECT version, members, dues, replaced_at IS NULL, entry_id"
            " FROM star.dim_toy_clubs ORDER BY version"
        ).fetchall()
        assert [(v, m, f"{d:.2f}", last) for v, m, d, last, _ in rows] == [
            (1, 12, "12.50", False),
            (2, 15, "13.00", True),
        ]
        assert {entry_id for *_, entry_id in rows} == {str(entry)}
        described = dict(
            snapshot.execute(
                "SELECT column_name, comment FROM duckdb_columns()"
                " WHERE table_name = 'dim_toy_clubs'"
            ).fetchall()
        )
        assert "leader" not in described
        assert described["dues"] == "会费（元） · Dues, in yuan"
        assert described["pastime"] == "爱好 · Pastime: chess, opera"
        assert all(described.values())
        tables = snapshot.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        assert ("dim_toy_circle",) not in tables
        places_of = snapshot.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() UNION ALL"
            " SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
        assert ("star", "dim_toy_clubs") in places_of
        for schema, table in places_of:
            told = snapshot.execute(f'SELECT t::text FROM "{schema}"."{table}" t').fetchall()
            assert not any(word in row for (row,) in told for word in (CONFIDED, "小王")), table
