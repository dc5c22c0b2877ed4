"""Forms: the typed values, the errors in them, and the token that says the form is ours.

A form that fails gives back everything that was typed, with a sentence at each field.
"""

import hmac
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, Final, NamedTuple, TypeVar, get_args, get_origin

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile

from api.form_limits import Limits, limit_of
from api.visitors import COOKIE, csrf_token
from domain.cells import printable
from domain.errors import BadInput, CookiesNeeded, FieldsWrong, FormExpired, JiebangError
from domain.quantities import plain_number
from domain.text import Text
from models.sentences import sentence

CSRF: Final = "csrf"
_CHOOSE: Final = Text("请选择一项。", "Choose one.")
NEVER_KEPT: Final = frozenset(
    {"password", "old", "new", "again", "passphrase", "passphrase_again", "key"}
    | {"quiet", "form", "template", "gate"}
)
# Forms of nothing but secrets.
_SECRET: Final = ("/sign-in", "/welcome/", "/account/totp", "/account/password")
_MOST_FIELDS: Final = 600
_MOST_FILES: Final = 60
_LONGEST_PART: Final = 512 * 1024

Shape = TypeVar("Shape", bound=BaseModel)


class FormData:
    """The values typed in a form, by name, and the error for which they were refused."""

    def __init__(
        self,
        values: Mapping[str, Sequence[str]] | None = None,
        *,
        files: Iterable[tuple[str, UploadFile]] = (),
        error: JiebangError | None = None,
    ) -> None:
        """Hold ``values``; ``error`` is why they were refused."""
        self.values = dict(values or {})
        self.files = tuple(files)
        self.error = error
        self.path = ""
        self.kept_at: datetime | None = None
        self.found_again = False
        self.limits: Limits = {}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "FormData":
        """Return a form filled in with stored values: lists of objects become rows."""
        values: dict[str, list[str]] = {}
        for name, value in stored.items():
            if isinstance(value, list) and all(isinstance(row, Mapping) for row in value):
                for row in value:
                    for part, inner in row.items():
                        values.setdefault(f"{name}.{part}", []).append(_written(inner))
            elif isinstance(value, Mapping):
                for part, inner in value.items():
                    values[f"{name}.{part}"] = [_written(inner)]
            else:
                values[name] = [_written(value)]
        return cls(values)

    def refused(self, error: JiebangError | None) -> "FormData":
        """Return this very form with why it was refused."""
        return FormData(self.values, error=error)

    def at(
        self, path: str, kept_at: datetime | None = None, *, found_again: bool = False
    ) -> "FormData":
        """Return the values and the error as those of the form that is sent to ``path``.

        ``kept_at`` is when they were kept, ``found_again`` whether they outlived their session.
        """
        form = FormData(self.values, error=self.error)
        form.path, form.kept_at, form.found_again = path, kept_at, found_again
        return form

    def limit(self, name: str) -> Mapping[str, int]:
        """Return the least and the greatest length of a text under ``name``, in characters."""
        return limit_of(self.limits, name)

    def text(self, name: str, default: str = "") -> str:
        """Return the first value typed under ``name``, ``default`` where there is none."""
        return next(iter(self.values.get(name, ())), default)

    def has(self, name: str) -> bool:
        """Tell whether the form that was sent had a field ``name``."""
        return name in self.values

    def whole(self, name: str) -> int | None:
        """Return the small whole number typed under ``name``, None where it is none."""
        text = self.text(name).strip()
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else None

    def all(self, name: str) -> Sequence[str]:
        """Return everything typed under ``name``."""
        return self.values.get(name, ())

    def group(self, name: str) -> dict[str, str]:
        """Return the filled values under ``name.…``, by the part after the dot."""
        return {
            key.removeprefix(f"{name}."): values[0]
            for key, values in self.values.items()
            if key.startswith(f"{name}.") and values and values[0].strip()
        }

    def numbers(self, names: Iterable[str]) -> dict[str, str]:
        """Return the value typed under each name, as machines read numbers."""
        return {name: plain_number(self.text(name)) for name in names}

    def rows(self, name: str, parts: Sequence[str], spare: int = 0) -> list[dict[str, str]]:
        """Return the rows typed under ``name``, empty ones left out, and ``spare`` empty ones."""
        columns = [list(self.values.get(f"{name}.{part}", ())) for part in parts]
        longest = max((len(column) for column in columns), default=0)
        filled = []
        for index in range(longest):
            cells = [column[index] if index < len(column) else "" for column in columns]
            if any(cell.strip() for cell in cells):
                filled.append(dict(zip(parts, cells, strict=True)))
        return filled + [dict.fromkeys(parts, "") for _ in range(spare)]

    def _filled(
        self, name: str, inner: type[BaseModel], rows: Mapping[str, Sequence[str]]
    ) -> list[dict[str, Any]]:
        """Return a list's rows without the optional cells that were left empty."""
        return [
            {
                part: value
                for part, value in row.items()
                if value.strip() or inner.model_fields[part].is_required()
            }
            for row in self.rows(name, rows[name])
        ]

    def wrong(self, name: str) -> Text | None:
        """Return the sentence at a wrong field, None at others."""
        return self.error.fields.get(name) if isinstance(self.error, FieldsWrong) else None

    def read(
        self,
        shape: type[Shape],
        names: Mapping[str, str] = MappingProxyType({}),
        **rows: Sequence[str],
    ) -> Shape:
        """Return the typed values as ``shape``; ``rows`` names its lists and their parts.

        ``names`` has the names in the form of fields that are not called as in the shape. Raises
        FieldsWrong, which names every field as the form does.
        """
        if names:
            return self._renamed(names)._read_named(shape, names, dict(rows))
        values: dict[str, Any] = {}
        for name, field in shape.model_fields.items():
            if name in rows:
                inner = _inner(field.annotation)
                values[name] = [_cleaned(inner, row) for row in self._filled(name, inner, rows)]
            elif get_origin(field.annotation) is list:
                values[name] = [text for text in self.all(name) if text]
            elif self.group(name):
                values[name] = {k: plain_number(v) for k, v in self.group(name).items()}
            elif (value := self.text(name).strip()) or field.is_required():
                values[name] = value if value else None
        values = _cleaned(shape, {k: v for k, v in values.items() if v is not None})
        try:
            return shape.model_validate(values)
        except ValidationError as error:
            raise FieldsWrong(
                {
                    ".".join(map(str, error["loc"])): _CHOOSE
                    if _is_choice(shape, error)
                    else sentence(error)
                    for error in error.errors()
                }
            ) from None

    def _renamed(self, names: Mapping[str, str]) -> "FormData":
        """Return the form with its fields called as in the shape."""
        values = {
            key: typed for key, typed in self.values.items() if key.partition(".")[0] not in names
        }
        for field, name in names.items():
            for key, typed in self.values.items():
                if key == name or key.startswith(f"{name}."):
                    values[field + key.removeprefix(name)] = typed
        return FormData(values, files=self.files)

    def _read_named(
        self, shape: type[Shape], names: Mapping[str, str], rows: dict[str, Sequence[str]]
    ) -> Shape:
        try:
            return self.read(shape, MappingProxyType({}), **rows)
        except FieldsWrong as error:
            wrong = {}
            for place, text in error.fields.items():
                field, dot, rest = place.partition(".")
                wrong[names.get(field, field) + dot + rest] = text
            raise FieldsWrong(wrong) from None


def _is_choice(shape: type[BaseModel], error: Any) -> bool:
    """Tell whether a choice between yes and no was not made."""
    field = shape.model_fields.get(str(error["loc"][0])) if error["loc"] else None
    return error["type"] == "missing" and field is not None and field.annotation is bool


def _written(value: object) -> str:
    return "" if value is None else str(value)


def _inner(annotation: Any) -> Any:
    return annotation.__args__[0]


def _cleaned(shape: type[BaseModel], values: dict[str, Any]) -> dict[str, Any]:
    """Return ``values`` with numbers as machines read them, where ``shape`` wants numbers."""
    for name, value in values.items():
        if isinstance(value, str) and _wants_number(shape.model_fields[name].annotation):
            values[name] = plain_number(value)
    return values


def _wants_number(annotation: Any) -> bool:
    """Tell whether a field is a number, or one of several types among which one is."""
    return annotation in (int, Decimal) or any(map(_wants_number, get_args(annotation)))


class Sent(NamedTuple):
    """A form as it was sent: the path to which, and the typed values."""

    path: str
    typed: FormData

    def open(self) -> dict[str, list[str]]:
        """Return the values to show and to keep: no secrets, and none that the page puts in."""
        if self.path.startswith(_SECRET):
            return {}
        return {
            name: list(values)
            for name, values in self.typed.values.items()
            if name not in NEVER_KEPT
        }


async def read_form(request: Request) -> FormData:
    """Return a request's form; a line of it ends with one character."""
    sent = await request.form(
        max_files=_MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=_LONGEST_PART
    )
    values: dict[str, list[str]] = {}
    files = []
    for name, value in sent.multi_items():
        if isinstance(value, str):
            values.setdefault(name, []).append(value.replace("\r\n", "\n"))
        elif value.filename:
            files.append((name, value))
    token = values.pop(CSRF, [""])[0]
    request.state.form_token = token
    typed = FormData(values, files=files)
    of: str = getattr(request.scope.get("endpoint"), "form_of", "")
    # The form is named by its field ``form`` where one address keeps all of them.
    parts = {**request.path_params, "form": values.get("form", [""])[0]}
    path = of.format_map(parts) if of else request.url.path
    request.state.sent = Sent(path, typed)
    return typed


def is_ours(request: Request) -> bool:
    """Tell whether a form that was read has the token of the request's cookie."""
    cookie = request.cookies.get(COOKIE, "")
    token: str = request.state.form_token
    wanted = csrf_token(cookie).encode()
    return bool(cookie) and hmac.compare_digest(token.encode("utf-8", "replace"), wanted)


async def checked_form(request: Request) -> AsyncIterator[FormData]:
    """Give the form of a request; raise FormExpired without the token of its cookie."""
    try:
        typed = await read_form(request)
        if not request.cookies.get(COOKIE):
            raise CookiesNeeded
        if not is_ours(request):
            raise FormExpired
        if any(printable(value) != value for values in typed.values.values() for value in values):
            raise BadInput(
                zh="内容里有不能保存的字符，请删去后再提交。",
                en="The text holds a character that can't be kept; remove it and submit again.",
            )
        yield typed
    finally:
        await request.close()


FormDataDep = Annotated[FormData, Depends(checked_form)]
