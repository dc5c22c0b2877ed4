"""The columns of a register: the texts typed in them, the stored values, and how they are read."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache, cached_property
from types import NoneType
from typing import Annotated, Any, Final, Literal, NamedTuple, Optional, cast, get_args

from annotated_types import BaseMetadata, Ge, Le, MaxLen
from pydantic import BaseModel, Field, TypeAdapter
from pydantic.fields import FieldInfo
from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import InstrumentedAttribute, Mapped
from sqlmodel import Session, select

from domain.dates import parse_date
from domain.quantities import plain_number
from domain.text import Lang, Text
from services.search import LONGEST

Kind = Literal["text", "area", "number", "amount", "day", "flag", "choice", "reference"]
FLAG_NAMES: Final[Mapping[str, Text]] = {"true": Text("是", "yes"), "false": Text("否", "no")}
_KINDS: Final[tuple[tuple[type, Kind], ...]] = (
    (bool, "flag"),
    (int, "number"),
    (Decimal, "amount"),
    (date, "day"),
    (str, "text"),
)
_LONG_TEXT: Final = 200
_LONGEST_KEY: Final = 120
LARGEST: Final = 2**31 - 1
# Days beyond are slips, and more than calendars can reckon with.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
# What stands in a file in the place of what one may not see; an import leaves such a cell as it is.
HIDDEN: Final = Text("（不公开）", "(not shown)")


class Meant(NamedTuple):
    """What texts that were typed mean; ``over`` are those that nobody is to point to any more."""

    ids: Mapping[str, Any]
    over: frozenset[Any] = frozenset()

    def points_to(self, text: str, before: Any = None) -> Any | None:
        """Return the id that a text means, None where it may not be pointed to.

        The entry pointed to ``before`` may stay.
        """
        meant = self.ids.get(text)
        return None if meant in self.over and meant != before else meant


class Named(NamedTuple):
    """What a reference points to: the text one types for it, and its name."""

    key: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a reference points: a table with an id, texts that people type, and a name.

    The first of ``keys`` is the one that is shown and exported; any of them may be typed.
    ``counts`` is the condition that a row may be pointed to anew.
    """

    what: Text
    id: Mapped[Any]
    keys: tuple[Mapped[Any], ...]
    name: Mapped[Any]
    counts: ColumnElement[bool] = field(default_factory=true)

    @property
    def table(self) -> Any:
        """Return the class of its table."""
        return cast(InstrumentedAttribute[Any], self.id).class_

    def meant_by(self, session: Session, keys: Collection[str]) -> Meant:
        """Return the id that each key means; one that is unknown, or means several, is left out."""
        ids: dict[str, Any] = {}
        over: set[Any] = set()
        for column in reversed(self.keys):
            query = select(column, self.id, self.counts).where(column.in_(keys))
            rows = session.exec(query).all()
            over |= {meant for _, meant, counts in rows if not counts}
            for key in {key for key, *_ in rows}:
                several = [(meant, counts) for of, meant, counts in rows if of == key]
                those = [meant for meant, counts in several if counts] or [m for m, _ in several]
                ids |= {key: those[0]} if len(those) == 1 else {}
        return Meant(ids, frozenset(over))

    def names_of(self, session: Session, ids: Collection[Any]) -> dict[Any, Named]:
        """Return the key and the name of each id."""
        rows = session.exec(
            select(self.id, self.keys[0], self.name).where(self.id.in_(set(ids)))
        ).all()
        return {of: Named(str(key), name) for of, key, name in rows}

    def matching(self, text: str) -> ColumnElement[bool]:
        """Return the condition that a key or the name holds a text."""
        conditions = [column.icontains(text, autoescape=True) for column in (*self.keys, self.name)]
        return cast(ColumnElement[bool], _any(conditions))


def _any(conditions: list[Any]) -> Any:
    first, *rest = conditions
    for condition in rest:
        first = first | condition
    return first


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: where it is stored, its names, and the people who may see it.

    ``wire`` is its name for programs and files, which never changes; without it the attribute's.
    A ``personal`` one is seen only by those who read the register by office, also in a public
    register, and no version keeps its text. ``searched`` lets the search look into it, ``filters``
    puts it among the filters.
    """

    of: Mapped[Any]
    label: Text
    wire: str = ""
    help: Text | None = None
    unit: Text | None = None
    personal: bool = False
    searched: bool = False
    filters: bool = False

    @cached_property
    def stored(self) -> str:
        """Return the name of the table's attribute."""
        return cast(InstrumentedAttribute[Any], self.of).key

    @cached_property
    def name(self) -> str:
        """Return its name for programs and files."""
        return self.wire or self.stored

    @cached_property
    def _field(self) -> FieldInfo:
        table = cast(InstrumentedAttribute[Any], self.of).class_
        return cast(type[BaseModel], table).model_fields[self.stored]

    @property
    def is_text(self) -> bool:
        """Tell whether a text can be searched in it."""
        return self.kind in ("text", "area", "choice", "reference")

    @property
    def required(self) -> bool:
        """Tell whether it must be filled in."""
        return self._field.is_required()

    @property
    def may_be_empty(self) -> bool:
        """Tell whether nothing may be recorded here: an optional yes or no has none of the two."""
        return self.is_nullable or self.kind in ("text", "area")

    @property
    def is_nullable(self) -> bool:
        """Tell whether the table holds nothing where nothing is recorded."""
        return NoneType in get_args(self._field.annotation)

    @cached_property
    def _type(self) -> Any:
        """Return the type of the stored value, None left out."""
        given = [part for part in get_args(self._field.annotation) if part is not NoneType]
        return given[0] if given else self._field.annotation

    @property
    def kind(self) -> Kind:
        """Return how it is typed in a form."""
        kind: Kind = next(kind for of, kind in _KINDS if issubclass(self._type, of))
        longest = [rule.max_length for rule in self._field.metadata if isinstance(rule, MaxLen)]
        is_long = kind == "text" and bool(longest) and longest[0] > _LONG_TEXT
        return "area" if is_long else kind

    @property
    def options(self) -> Mapping[str, Text]:
        """Return the choices by their stored values; empty where anything may be typed."""
        return FLAG_NAMES if self.kind == "flag" else {}

    @property
    def keeps_text(self) -> bool:
        """Tell whether versions keep the text written here."""
        return not self.personal

    def taken(self, *, always: bool = True) -> tuple[Any, Any]:
        """Return the type and the rules of its field in the model that takes an entry.

        Without ``always``, a value that has to be recorded may be left out.
        """
        needed = self.required and always
        default = ... if needed else None if self.required else self._field.default
        annotation = self._taken_type()
        if default is None:
            annotation = Optional[annotation]  # noqa: UP045  (the type is a value here)
        return annotation, Field(default=default, description=self.label.en)

    def given(self) -> tuple[Any, Any]:
        """Return the type of its field in the model that gives an entry."""
        given: Any = str if self.kind == "reference" else self._type
        return Optional[given], Field(default=None, description=self.label.en)  # noqa: UP045

    def _taken_type(self) -> Any:
        # Beside the rules SQLModel keeps notes of its own there.
        rules = tuple(rule for rule in self._field.metadata if isinstance(rule, BaseMetadata))
        # What comes later counts: a column's own rules are narrower than what its table can hold.
        rules = (*self._bounds(), *rules)
        return Annotated[(self._type, *rules)] if rules else self._type

    def _bounds(self) -> tuple[Any, ...]:
        """Return what the column of the table can hold at most."""
        column: Any = cast(InstrumentedAttribute[Any], self.of).type
        if self.kind == "amount" and column.precision:
            return (Field(max_digits=column.precision, decimal_places=column.scale),)
        if self.kind == "number":
            return (Ge(-LARGEST), Le(LARGEST))
        return (Ge(FIRST_DAY), Le(LAST_DAY)) if self.kind == "day" else ()

    def exact(self, value: Any) -> Any:
        """Return a value as the table holds it: an amount with the decimals of its column."""
        scale = getattr(cast(InstrumentedAttribute[Any], self.of).type, "scale", None)
        if isinstance(value, Decimal) and scale is not None:
            return value.quantize(Decimal(1).scaleb(-scale))
        return value

    def parse(self, cell: str) -> str:
        """Return a cell of a file as the model reads it; raise BadInput, which says what to write."""
        text = cell.strip()
        if self.kind == "day" and text:
            return parse_date(text).isoformat()
        if self.kind in ("number", "amount"):
            return plain_number(text, *(self.unit.both() if self.unit else ()))
        for code, name in self.options.items():
            if text.casefold() in (code.casefold(), name.zh, name.en.casefold()):
                return code
        return text

    def written(self, stored: Any, names: Mapping[Any, Named]) -> Any:
        """Return a stored value as programs and files read it; ``names`` are those of references."""
        del names
        return stored.value if isinstance(stored, StrEnum) else stored

    def cell(self, written: Any, lang: Lang) -> Any:
        """Return what ``written`` gave as a cell of a file; ``parse`` reads it back."""
        code = str(written).lower() if isinstance(written, bool) else str(written)
        return self.options[code].say(lang) if code in self.options else written

    def kept(self, value: Any) -> Any:
        """Return the stored value of what a version keeps as JSON."""
        annotation: Any = self._field.annotation
        return _reader(annotation).validate_python(value)

    @property
    def empty(self) -> Any:
        """Return the value stored where nothing was typed; None where something has to be."""
        return None if self.required else self._field.default

    def matching(self, session: Session, text: str) -> ColumnElement[bool]:
        """Return the condition that it holds a text that is searched."""
        del session
        return self.of.icontains(text[:LONGEST], autoescape=True)


@dataclass(frozen=True, kw_only=True)
class Choice(Column):
    """A choice among ``names``, by the stored value."""

    names: Mapping[Any, Text]

    @property
    def kind(self) -> Kind:
        """Return that it is a choice."""
        return "choice"

    @property
    def options(self) -> Mapping[str, Text]:
        """Return the choices by their stored values."""
        return {str(code): name for code, name in self.names.items()}

    def _taken_type(self) -> Any:
        return self._type if issubclass(self._type, StrEnum) else Literal[tuple(self.options)]

    def matching(self, session: Session, text: str) -> ColumnElement[bool]:
        """Return the condition that the name of the choice holds a text."""
        del session
        codes = [code for code, name in self.names.items() if text.casefold() in _both(name)]
        condition: ColumnElement[bool] = self.of.in_(codes)
        return condition


def _both(name: Text) -> str:
    return f"{name.zh} {name.en}".casefold()


@dataclass(frozen=True, kw_only=True)
class Reference(Column):
    """A row of another table, typed by one of its keys."""

    to: Source

    @property
    def kind(self) -> Kind:
        """Return that it is a reference."""
        return "reference"

    @property
    def keeps_text(self) -> bool:
        """Tell that versions keep it: an id says nothing once what it names is erased."""
        return True

    def _taken_type(self) -> Any:
        return Annotated[str, Field(min_length=1, max_length=_LONGEST_KEY)]

    def written(self, stored: Any, names: Mapping[Any, Named]) -> Any:
        """Return the key of what it points to."""
        return names[stored].key if stored in names else None

    def matching(self, session: Session, text: str) -> ColumnElement[bool]:
        """Return the condition that what it points to has a key or a name that holds a text."""
        del session
        ids = select(self.to.id).where(self.to.matching(text[:LONGEST]))
        condition: ColumnElement[bool] = self.of.in_(ids)
        return condition


def unknown(column: Reference, meant: Meant, text: str) -> Text:
    """Return the sentence at a reference that points to nothing, or to an ended entry."""
    what = column.to.what
    if text in meant.ids:
        return Text(
            f"这个{what.zh}已不再使用，请填写现行的。",
            f"This {what.en} is no longer in use; type the present one.",
        )
    return Text(
        f"没有这个{what.zh}，或有多个同名，请核对后填写全称或编号。",
        f"There is no such {what.en}, or several of this name; type its full name or its code.",
    )


@cache
def _reader(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation)
