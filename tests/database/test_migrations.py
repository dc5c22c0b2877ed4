"""The migrations build what the models say, members of enums included."""

import re
from datetime import date
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Enum, text
from sqlmodel import SQLModel

import migrations
import models
from models.session import unit_of_work
from services.register.declaration import Register
from services.register.proofs import unrecorded
from tests.toy.installed import ALL


def test_the_migrations_are_in_step_with_the_models(database: str) -> None:
    command.check(migrations.config(database))


def test_migrating_again_changes_nothing(database: str) -> None:
    migrations.upgrade(database)
    command.check(migrations.config(database))


ENUMS = [
    (table.name, column.name, tuple(column.type.enums))
    for table in SQLModel.metadata.tables.values()
    for column in table.columns
    if isinstance(column.type, Enum)
]


@pytest.mark.parametrize(("table", "column", "members"), ENUMS, ids=lambda value: str(value)[:30])
@pytest.mark.usefixtures("database")
def test_the_database_admits_exactly_the_members_of_each_enum(
    table: str, column: str, members: tuple[str, ...]
) -> None:
    with unit_of_work() as session:
        definitions = session.execute(
            text(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE contype = 'c' AND conrelid = CAST(:table AS regclass)"
            ),
            {"table": f'"{table}"'},
        ).scalars()
        admitted = [
            set(re.findall(r"'([^']+)'::", definition))
            for definition in definitions
            if f"({column})" in definition
        ]
    assert set(members) in admitted


def test_every_model_is_exported() -> None:
    tables = {mapper.class_.__name__ for mapper in SQLModel._sa_registry.mappers}
    hidden = tables - set(models.__all__)
    assert not hidden, f"export {sorted(hidden)} in models/__init__.py"


@pytest.mark.usefixtures("database")
def test_only_a_demo_moves_its_clock() -> None:
    with unit_of_work() as session:
        with pytest.raises(Exception, match="only_a_demo"):
            session.execute(text("UPDATE platform SET demo = false, clock_offset = 5"))
        session.rollback()


def test_ties_become_registered_entries_with_their_versions(database: str) -> None:
    """Two of one kind at the same moment count once; what had ended has two versions."""
    command.downgrade(migrations.config(database), "0042")
    with unit_of_work() as session:
        session.execute(
            text(
                "INSERT INTO tie (id, person_id, kind, alliance, since, ended_on)"
                " SELECT gen_random_uuid(), id, 'alliance_officer', alliance, since, ended_on"
                " FROM person, (VALUES"
                " ('elderly', DATE '2026-01-01', NULL),"
                " ('elderly', DATE '2026-01-02', NULL),"
                " ('youth', DATE '2026-01-03', DATE '2026-02-01')"
                ") AS ties (alliance, since, ended_on) WHERE login = 'expert-1'"
            )
        )
    migrations.upgrade(database)
    with unit_of_work() as session:
        rows = session.execute(
            text(
                "SELECT t.alliance, t.since, t.ended_on, t.version, v.version, v.ended_on,"
                " v.facts ->> 'alliance', v.changed, v.recorded_by FROM tie t"
                " JOIN register_version v ON v.entry_id = t.id ORDER BY t.since, v.version"
            )
        ).all()
        assert [tuple(row) for row in rows] == [
            (of, since, ended, last, version, until, of, changed, None)
            for of, since, ended, last, version, until, changed in (
                ("elderly", date(2026, 1, 1), None, 1, 1, None, FIRST),
                ("elderly", date(2026, 1, 2), date(2026, 1, 2), 2, 1, None, FIRST),
                ("elderly", date(2026, 1, 2), date(2026, 1, 2), 2, 2, date(2026, 1, 2), ENDED),
                ("youth", date(2026, 1, 3), date(2026, 2, 1), 2, 1, None, FIRST),
                ("youth", date(2026, 1, 3), date(2026, 2, 1), 2, 2, date(2026, 2, 1), ENDED),
            )
        ]
        assert list(unrecorded(session)) == []


FIRST, ENDED = ["login", "kind", "organisation", "alliance"], ["ended_on"]


@pytest.mark.parametrize("register", ALL, ids=lambda register: register.code)
def test_the_order_of_every_register_has_an_index(register: Register[Any]) -> None:
    """The list goes from page to page by its order and the id."""
    order = "since" if register.order is None else register.order.key
    table = register.table.__table__
    indexes = [[column.name for column in index.columns] for index in table.indexes]
    wanted = f'Index("{table.name}_listed", "{order}", "id")'
    assert [order, "id"] in indexes, f"add {wanted} to {register.table.__name__}, and a migration"
