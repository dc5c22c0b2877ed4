"""The registers that are installed; the list is made in ``services.registers``."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from services.register.columns import Column
from services.register.declaration import Register

RESERVED: Final = frozenset(
    {"id", "version", "names", "since", "ended_on", "entry_id", "recorded_at", "replaced_at"}
    | {
        "recorded_on",
        "replaced_on",
        "q",
        "on",
        "standing",
        "after",
        "cursor",
        "file",
        "csrf",
        "done",
    }
    # A form never keeps what these hold, or shows them as its own.
    | {"password", "old", "new", "again", "passphrase", "passphrase_again", "key", "form", "gate"}
    | {"template", "quiet", "seen", "list", "share", "next", "verb", "option", "dossier_version"}
)
_installed: tuple[Register[Any], ...] = ()


def install_registers(registers: Sequence[Register[Any]]) -> None:
    """Let these be the registers, in the place of any before, at once.

    Raises ValueError where two share a code, or where a declaration contradicts itself.
    """
    global _installed
    codes = [register.code for register in registers]
    if twice := sorted({code for code in codes if codes.count(code) > 1}):
        raise ValueError(f"two registers share a code: {twice}")
    for register in registers:
        _require_sound(register)
    _installed = tuple(registers)


def _require_sound(register: Register[Any]) -> None:
    """Raise ValueError for a scope without its column, or a closed register that gives itself away.

    An order tells where an entry stands, so that everybody must see its column, and every entry
    must have it. A column called as what pages, files or programs have beside would not be read.
    """
    scopes = {scope for _, scope in (*register.reads, *register.keeps) if scope != "district"}
    if missing := scopes - register.within.keys():
        raise ValueError(f"{register.code}: no column says where an entry is for {sorted(missing)}")
    if unknown := set(register.known_by) - register.named.keys():
        raise ValueError(f"{register.code}: known by {sorted(unknown)}, which are no columns")
    searched = {column.name for column in register.columns if column.searched}
    if wrong := searched - {name for name, column in register.named.items() if column.is_text}:
        raise ValueError(f"{register.code}: {sorted(wrong)} hold no text to be searched")
    if taken := RESERVED & {column.name for column in register.columns}:
        raise ValueError(f"{register.code}: {sorted(taken)} are no names for columns")
    if wrong := {
        column.name for column in register.columns if column.filters and not column.options
    }:
        raise ValueError(f"{register.code}: {sorted(wrong)} have no choices to filter by")
    if register.order is not None and not any(map(_orders(register), register.columns)):
        raise ValueError(f"{register.code}: an order is a column that all see and every entry has")
    if register.is_closed and register.dates:
        raise ValueError(f"{register.code}: a closed register has no calendar")


def _orders(register: Register[Any]) -> Callable[[Column], bool]:
    """Return whether entries can be ordered by a column."""

    def orders(column: Column) -> bool:
        is_order = register.order is not None and register.order.key == column.stored
        return is_order and not (column.personal or column.is_nullable)

    return orders


def registers() -> tuple[Register[Any], ...]:
    """Return every register."""
    return _installed
