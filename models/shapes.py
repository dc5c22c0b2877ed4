"""What all shapes that people fill in have in common."""

from typing import Annotated, Any, Final

from pydantic import StringConstraints, model_validator
from sqlmodel import Field, SQLModel

from domain.cells import visible

# Secrets are taken as they were typed, blanks and invisible characters included.
SECRETS: Final = frozenset({"password", "passphrase"})
Secret = Annotated[str, StringConstraints(strip_whitespace=False)]


def seen(value: Any) -> Any:
    """Return a value without characters that show nothing or turn the direction of others.

    Raises ValueError for one that is nested too deeply to be read.
    """
    try:
        return _seen(value)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _seen(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, list):
        return [_seen(inner) for inner in value]
    if isinstance(value, dict):
        return {
            name: inner if name in SECRETS and isinstance(inner, str) else _seen(inner)
            for name, inner in value.items()
        }
    return value


class Shape(SQLModel):
    """Something people type: spaces around a text, and what nobody sees in it, are no part of it."""

    model_config = {"str_strip_whitespace": True}

    @model_validator(mode="before")
    @classmethod
    def _without_what_nobody_sees(cls, values: Any) -> Any:
        return seen(values)


class Command(Shape):
    """What one use case takes, from a form and from a program alike; every limit of it is here."""

    model_config = {"str_strip_whitespace": True, "extra": "forbid"}


class Reason(Command):
    """Why something is done, in words that others will read."""

    reason: str = Field(
        min_length=2, max_length=2000, schema_extra={"examples": ["与另一项目重复。"]}
    )
