"""What a register is: a table, its columns, who reads and who keeps it, and nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, Generic, NamedTuple, TypeVar
from uuid import UUID

from pydantic import Field, create_model
from sqlalchemy.orm import Mapped
from sqlmodel import Session, SQLModel

from domain.identity.roles import Role, Scope
from domain.text import Text
from models.register import RegisterRow
from models.shapes import Command
from services.register.columns import FIRST_DAY, LAST_DAY, Column

Entry = TypeVar("Entry", bound=RegisterRow)
Permits = tuple[tuple[Role, Scope], ...]
# The errors of an entry that is to be recorded, by the names of the columns.
Check = Callable[[Session, Entry], Mapping[str, Text]]
ADMINISTRATORS: Final[Permits] = ((Role.DISTRICT_ADMINISTRATOR, Scope.DISTRICT),)
_SINCE: Final = "First day on which it counts; today where nothing is said."
_ENDED: Final = "First day on which it counts no more; null while it goes on."


class Exposure(StrEnum):
    """The people who may see a register.

    ``public`` is for everybody. ``office`` is for those who read it by office. ``closed`` is for
    them too, but nothing of it leaves its own pages: it has no search, file, calendar, dimension
    or answer for programs, and every look at it is an audit entry.
    """

    PUBLIC = "public"
    OFFICE = "office"
    CLOSED = "closed"


class Dates(NamedTuple):
    """What a calendar shows of an entry: its day and its title."""

    day: Mapped[Any]
    title: Mapped[Any]


class EntryTaken(Command):
    """What every entry takes beside its columns."""

    since: date | None = Field(default=None, ge=FIRST_DAY, le=LAST_DAY, description=_SINCE)
    ended_on: date | None = Field(default=None, ge=FIRST_DAY, le=LAST_DAY, description=_ENDED)


class EntryGiven(SQLModel):
    """What every entry gives beside its columns; ``names`` are those of what it points to."""

    id: UUID
    version: int
    since: date = Field(description=_SINCE)
    ended_on: date | None = Field(default=None, description=_ENDED)
    names: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Register(Generic[Entry]):
    """A register.

    ``code`` names it in addresses, files and versions, and never changes. ``about`` says what it is
    for. ``reads`` and ``keeps`` are the roles that may, each in its scope; ``within`` is the column
    that locates an entry for each scope but the district's. ``proof`` asks those who change it to
    prove who they are. ``order`` is the column of the list, else the newest come first.
    ``known_by`` names the columns by which a row of a file is known again, else all of them.
    ``checks`` are the rules that it really has; ``taken`` is the sentence for each unique constraint
    of its table. With ``dates`` it has a calendar.
    """

    code: str
    title: Text
    about: Text
    table: type[Entry]
    columns: tuple[Column, ...]
    reads: Permits
    keeps: Permits
    exposure: Exposure = Exposure.OFFICE
    within: Mapping[Scope, Any] = field(default_factory=dict)
    proof: bool = False
    order: Mapped[Any] | None = None
    known_by: tuple[str, ...] = ()
    checks: tuple[Check[Entry], ...] = ()
    taken: Mapping[str, Text] = field(default_factory=dict)
    dates: Dates | None = None

    @property
    def path(self) -> str:
        """Return the path of its page."""
        return f"/registers/{self.code}"

    @property
    def is_closed(self) -> bool:
        """Tell whether nothing of it may leave its own pages."""
        return self.exposure is Exposure.CLOSED

    @cached_property
    def named(self) -> Mapping[str, Column]:
        """Return the columns by name."""
        return {column.name: column for column in self.columns}

    @property
    def searched(self) -> tuple[Column, ...]:
        """Return the columns in which the search looks."""
        return () if self.is_closed else tuple(c for c in self.columns if c.searched)

    @property
    def filters(self) -> tuple[Column, ...]:
        """Return the columns by which one filters."""
        return () if self.is_closed else tuple(c for c in self.columns if c.filters)

    @property
    def _model_name(self) -> str:
        return "".join(part.capitalize() for part in self.code.split("-"))

    @cached_property
    def command(self) -> type[EntryTaken]:
        """Return the model that a form and a program fill in, for a new entry and a changed one."""
        fields: dict[str, Any] = {name: column.taken() for name, column in self.named.items()}
        model: type[EntryTaken] = create_model(
            f"{self._model_name}Entry",
            __base__=EntryTaken,
            __doc__=f"{self.title.en}: an entry as it is recorded.",
            **fields,
        )
        return model

    @cached_property
    def told(self) -> type[EntryTaken]:
        """Return the model of a row that need not tell everything: it may mean a known entry."""
        fields: dict[str, Any] = {
            name: column.taken(always=False) for name, column in self.named.items()
        }
        model: type[EntryTaken] = create_model(
            f"{self._model_name}Row", __base__=EntryTaken, **fields
        )
        return model

    @property
    def blank(self) -> dict[str, Any]:
        """Return what a new form holds: the defaults of choices that cannot be left open."""
        columns = [column for column in self.columns if not column.may_be_empty]
        return {c.name: c.written(c.empty, {}) for c in columns if not c.required}

    @cached_property
    def given(self) -> type[EntryGiven]:
        """Return the model by which programs are given an entry."""
        fields: dict[str, Any] = {name: column.given() for name, column in self.named.items()}
        model: type[EntryGiven] = create_model(
            f"{self._model_name}EntryPublic",
            __base__=EntryGiven,
            __doc__=f"{self.title.en}: an entry, with the columns that one may see.",
            **fields,
        )
        return model
