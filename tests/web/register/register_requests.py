"""What is asked of every register, from its declaration alone: pages, forms and operations."""

from collections.abc import Iterator
from typing import Any

from services.register.declaration import Register
from services.register.exports import forms_of
from tests.toy.installed import ALL
from tests.web.fragments.registers import sample
from tests.web.world import World

NOTHING = "00000000-0000-0000-0000-000000000000"


def read_pages(world: World) -> Iterator[tuple[str, str]]:
    """Yield the paths of the pages with the names of the requests."""
    yield "/registers", "registers"
    for register in ALL:
        for rest, name in _pages(register, world.entries[register.code]):
            yield register.path + rest, f"{register.code}: {name}"


def _pages(register: Register[Any], entry: str) -> Iterator[tuple[str, str]]:
    yield from (
        ("", "list"),
        ("/new", "a new entry"),
        ("/imports", "a file to import"),
        (f"/imports/{NOTHING}", "no import"),
        (f"/imports/{NOTHING}/rows.csv", "rows of no import"),
        (f"/{entry}", "an entry"),
        (f"/{entry}/change", "an entry to be changed"),
    )
    yield from ((f".{form}", f"as {form}") for form in forms_of(register))


def sent_forms(world: World) -> Iterator[tuple[str, str]]:
    """Yield the paths of the forms with the names of the requests; nothing is filled in."""
    for register in ALL:
        entry = world.entries[register.code]
        for rest, name in (
            ("/new", "add an entry, empty"),
            ("/imports", "import no file"),
            (f"/imports/{NOTHING}/columns", "map columns of no import"),
            (f"/imports/{NOTHING}/take", "take the rows of no import"),
            (f"/{entry}/change", "change an entry, empty"),
            (f"/{NOTHING}/end", "end no entry"),
        ):
            yield register.path + rest, f"{register.code}: {name}"


def read_operations(world: World) -> Iterator[tuple[str, str]]:
    """Yield what programs read."""
    for register in ALL:
        if not register.is_closed:
            entry = world.entries[register.code]
            for rest, name in (
                ("", "list"),
                (f"/{entry}", "an entry"),
                (f"/{entry}/versions", "versions of an entry"),
            ):
                yield register.path + rest, f"{register.code}: {name}"


def sent_operations(world: World) -> Iterator[tuple[str, str, str, Any]]:
    """Yield what programs send: an entry that ends before it begins, and nothing to change."""
    for register in ALL:
        if not register.is_closed:
            base, code = register.path, register.code
            days = {"since": "2026-03-02", "ended_on": "2026-03-01"}
            entry = sample(world, register) | days
            yield "POST", base, f"{code}: add an entry that ends before it begins", entry
            yield "PUT", f"{base}/{NOTHING}", f"{code}: change no entry", entry
            yield "POST", f"{base}/{NOTHING}/end", f"{code}: end no entry", {}
