"""Every register, in one list: a register is its declaration, its entry here and its migration."""

from importlib import import_module
from typing import Any, Final

from models.settings import settings
from services.district.ties import TIES
from services.register.catalogue import install_registers
from services.register.declaration import Register

REGISTERS: Final[tuple[Register[Any], ...]] = (TIES,)


def _further() -> tuple[Register[Any], ...]:
    """Return the registers that the settings name, for tests and pilots."""
    names = (name.rpartition(".") for name in settings().registers.split())
    return tuple(getattr(import_module(module), name) for module, _, name in names)


def install() -> None:
    """Let these be the registers of this process."""
    install_registers((*REGISTERS, *_further()))
