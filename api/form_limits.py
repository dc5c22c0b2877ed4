"""How long the texts of a form may be, as the model says that reads it."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final, get_args

from annotated_types import MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

# By the name of a field, or of a row's part after a dot: what its input says.
Limits = Mapping[str, Mapping[str, int]]
_NONE: Final[Mapping[str, int]] = MappingProxyType({})


@cache
def limits_of(model: type[BaseModel]) -> Limits:
    """Return the limits of a model's texts, those of its rows too."""
    limits: dict[str, Mapping[str, int]] = {}
    for name, field in model.model_fields.items():
        if inner := _row_of(field):
            limits |= {f"{name}.{part}": bounds for part, bounds in limits_of(inner).items()}
        elif bounds := _of_text(field):
            limits[name] = bounds
    return limits


def _row_of(field: FieldInfo) -> type[BaseModel] | None:
    """Return the model of a list's rows, None for anything else."""
    inner = get_args(field.annotation)
    if inner and isinstance(inner[0], type) and issubclass(inner[0], BaseModel):
        return inner[0]
    return None


def _of_text(field: FieldInfo) -> dict[str, int]:
    """Return how short and how long a text may be; an optional one may be empty."""
    if str not in (field.annotation, *get_args(field.annotation)):
        return {}
    bounds: dict[str, int] = {}
    for rule in field.metadata:
        if isinstance(rule, MaxLen):
            bounds["maxlength"] = rule.max_length
        elif isinstance(rule, MinLen) and field.is_required() and rule.min_length > 1:
            bounds["minlength"] = rule.min_length
    return bounds


def limit_of(limits: Limits, name: str) -> Mapping[str, int]:
    """Return the limits of a field by its name in the form, where an id may follow a dash."""
    return limits.get(name) or limits.get(name.partition("-")[0], _NONE)
