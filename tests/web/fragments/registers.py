"""An entry in every register, made from its declaration alone."""

from typing import Any

from domain.errors import FieldsWrong
from models import Community, Organisation, Person
from models.session import unit_of_work
from services.register.columns import Column, Reference
from services.register.declaration import Register
from services.register.keep import add_entry
from tests.builders import actor
from tests.toy.installed import ALL, make_tables
from tests.web.world import World

_VALUES = {"day": "2026-03-05", "number": "3", "amount": "10.00", "flag": "true"}


def keeper(register: Register[Any]) -> str:
    """Return the visitor who keeps a register in these tests."""
    roles = {role.value for role, _ in register.keeps}
    return "administrator" if "district_administrator" in roles else "secretary"


def sample(world: World, register: Register[Any]) -> dict[str, str]:
    """Return the values of an entry that its register takes: what must be filled in."""
    return {
        name: value_of(world, column)
        for name, column in register.named.items()
        if column.required or name in world.needed.get(register.code, ())
    }


def value_of(world: World, column: Column) -> str:
    """Return something that is right in a column."""
    if isinstance(column, Reference):
        return _key(world, column)
    if column.kind == "choice":
        return next(iter(column.options))
    return _VALUES.get(column.kind, f"样例{column.label.zh}")


def _key(world: World, column: Reference) -> str:
    if column.to.table is Person:
        return "expert-2"
    if column.to.table is Community:
        return world.projects["bidding"].community_code
    assert column.to.table is Organisation
    with unit_of_work() as session:
        return session.get_one(Organisation, world.organisation).name


def add_entries(world: World) -> None:
    """Add an entry to every register; what its own rules want beside is filled in as they say."""
    make_tables()
    for register in ALL:
        while register.code not in world.entries:
            _add(world, register)


def _add(world: World, register: Register[Any]) -> None:
    sent = register.command.model_validate(sample(world, register))
    try:
        with unit_of_work() as session:
            who = actor(world.people[keeper(register)])
            entry = add_entry(session, register, actor=who, sent=sent)
            world.entries[register.code] = str(entry.id)
    except FieldsWrong as error:
        wanted = world.needed.setdefault(register.code, set())
        if wanted >= set(error.fields):
            raise
        wanted |= set(error.fields)
