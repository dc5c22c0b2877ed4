"""The migrations build what the models say, members of enums included."""

import re

import pytest
from alembic import command
from sqlalchemy import Enum, text
from sqlmodel import SQLModel

import migrations
import models
from models.session import unit_of_work


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


@pytest.mark.parametrize(("table", "column", "members"), ENUMS, ids=lambda one: str(one)[:30])
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
        held = [
            set(re.findall(r"'([^']+)'::", definition))
            for definition in definitions
            if f"({column})" in definition
        ]
    assert set(members) in held


def test_every_model_is_exported() -> None:
    tables = {mapper.class_.__name__ for mapper in SQLModel._sa_registry.mappers}
    assert tables <= set(models.__all__)


@pytest.mark.usefixtures("database")
def test_only_a_demo_moves_its_clock() -> None:
    with unit_of_work() as session:
        with pytest.raises(Exception, match="only_a_demo"):
            session.execute(text("UPDATE platform SET demo = false, clock_offset = 5"))
        session.rollback()
