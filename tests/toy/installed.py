"""The toy registers, in a database and in a web."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest

from models.session import engine
from services import registers
from services.register.declaration import Register
from tests.toy.closed_register import CIRCLE, Confidant
from tests.toy.registers import CLUBS, Club

TOYS: Final[tuple[Register[Any], ...]] = (CLUBS, CIRCLE)
ALL: Final[tuple[Register[Any], ...]] = (*registers.REGISTERS, *TOYS)
NAMED: Final = "tests.toy.registers.CLUBS tests.toy.closed_register.CIRCLE"


def make_tables() -> None:
    """Make the tables of the toys in the database that the environment names."""
    for table in (Club, Confidant):
        table.metadata.create_all(engine())


@contextmanager
def installed_toys() -> Iterator[None]:
    """Let the toys be among the registers while the block runs, and of a web that begins in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JIEBANG_REGISTERS", NAMED)
        registers.install()
        yield
    registers.install()
