"""Rows that replace what was there before."""

from typing import TypeVar

from sqlmodel import Session, SQLModel, select

Row = TypeVar("Row", bound=SQLModel)


def row_or_new(session: Session, table: type[Row], **key: object) -> Row:
    """Return the row that ``key`` names, or a new one: sent again, a thing replaces what was sent."""
    row = session.exec(select(table).filter_by(**key)).one_or_none() or table(**key)
    session.add(row)
    return row
