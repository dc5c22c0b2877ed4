"""Column types used by every table."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import DateTime, Enum, Numeric
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

# Two columns of one table may hold the same enum, so its CHECK is named after the column.
SQLModel.metadata.naming_convention = {
    "ix": "%(table_name)s_%(column_0_N_name)s_ix",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(column_0_N_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}


def enum_type(kind: type[StrEnum], *, check: str | None = None) -> Enum:
    """Return a text column that holds the values of ``kind``, guarded by a CHECK named ``check``."""
    return Enum(
        kind,
        native_enum=False,
        length=40,
        values_callable=lambda members: [member.value for member in members],
        create_constraint=True,
        name=check or kind.__name__.lower(),
    )


def key() -> Any:
    """Return a random UUID primary key."""
    return Field(default_factory=uuid4, primary_key=True)


def at(*, index: bool = False) -> Any:
    """Return a required timestamp with time zone."""
    return Field(sa_type=DateTime(timezone=True), nullable=False, index=index)


def maybe_at() -> Any:
    """Return an optional timestamp with time zone."""
    return Field(default=None, sa_type=DateTime(timezone=True), nullable=True)


def json_dict() -> Any:
    """Return a JSONB object; assign a new value to change it, in-place edits are not saved."""
    return Field(default_factory=dict, sa_type=JSONB, nullable=False)


def json_list() -> Any:
    """Return a JSONB array; assign a new value to change it."""
    return Field(default_factory=list, sa_type=JSONB, nullable=False)


def yuan() -> Any:
    """Return a required amount in yuan with two decimals."""
    return Field(sa_type=Numeric(14, 2), nullable=False)


def maybe_yuan() -> Any:
    """Return an optional amount in yuan."""
    return Field(default=None, sa_type=Numeric(14, 2), nullable=True)


def exact(*, digits: int = 8, places: int = 2) -> Any:
    """Return a required exact decimal."""
    return Field(sa_type=Numeric(digits, places), nullable=False)


__all__ = [
    "UUID",
    "Decimal",
    "at",
    "datetime",
    "enum_type",
    "exact",
    "json_dict",
    "json_list",
    "key",
    "maybe_at",
    "maybe_yuan",
    "yuan",
]
