"""The tables that a snapshot has."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from analytics.build import descriptions
from analytics.snapshot import reading
from services.register.dimension import dimensions


def described() -> dict[str, Collection[str]]:
    """Return the columns of every table of the snapshot, of registers' dimensions too."""
    own: dict[str, Collection[str]] = {
        table: described["columns"] for table, described in descriptions().items()
    }
    return own | {dimension.table: dimension.columns for dimension in dimensions()}


def commented(snapshot: Path) -> tuple[list[Any], list[Any]]:
    """Return the tables, and the columns, of a snapshot with their comments."""
    with reading(snapshot) as database:
        tables = database.execute(
            "SELECT schema_name || '.' || table_name, comment FROM duckdb_tables()"
        ).fetchall()
        columns = database.execute(
            "SELECT schema_name || '.' || table_name, column_name, comment FROM duckdb_columns()"
            " WHERE schema_name IN ('star', 'marts')"
        ).fetchall()
    return tables, columns
