"""Rows that replace earlier ones, and the number that the next row of a kind gets."""

from typing import TypeVar

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, SQLModel, select

Row = TypeVar("Row", bound=SQLModel)


def row_or_new(session: Session, table: type[Row], **key: object) -> Row:
    """Return the row that ``key`` names, or a new one: a thing sent again replaces the earlier."""
    row = session.exec(select(table).filter_by(**key)).one_or_none() or table(**key)
    session.add(row)
    return row


def next_number(session: Session, table: type[SQLModel], *of: ColumnElement[bool] | bool) -> int:
    """Return the number of the next row of this kind, from 1; rows are never deleted.

    The caller holds the lock under which such rows are added, or two would get one number.
    """
    rows = session.exec(select(func.count()).select_from(table).where(*of)).one()
    return rows + 1
