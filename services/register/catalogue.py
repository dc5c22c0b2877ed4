"""The registers that are installed; the list is made in ``services.registers``."""

from collections.abc import Sequence
from typing import Any

from services.register.declaration import Register

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
    """Raise ValueError for a scope without its column, or a closed register that gives itself away."""
    scopes = {scope for _, scope in (*register.reads, *register.keeps) if scope != "district"}
    if missing := scopes - register.within.keys():
        raise ValueError(f"{register.code}: no column says where an entry is for {sorted(missing)}")
    if unknown := set(register.known_by) - register.named.keys():
        raise ValueError(f"{register.code}: known by {sorted(unknown)}, which are no columns")
    searched = {column.name for column in register.columns if column.searched}
    if wrong := searched - {name for name, column in register.named.items() if column.is_text}:
        raise ValueError(f"{register.code}: {sorted(wrong)} hold no text to be searched")
    if register.is_closed and register.dates:
        raise ValueError(f"{register.code}: a closed register has no calendar")


def registers() -> tuple[Register[Any], ...]:
    """Return every register."""
    return _installed
