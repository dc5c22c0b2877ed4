"""Build the snapshot: PostgreSQL → Arrow → a new DuckDB file → star schema and marts → comments.

The published file is never touched by a writer: a new one replaces it in one step, so readers are
never blocked and never see half a snapshot.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import adbc_driver_postgresql.dbapi as adbc
import duckdb
import yaml
from sqlalchemy import make_url

from analytics.dimension import Dimension
from analytics.extract import EXTRACTS
from analytics.snapshot import ZONE, reading
from domain.privacy import mask

_HERE: Final = Path(__file__).parent
_STORAGE: Final = "v1.5.0"
_FRESH: Final = ".new"
_STRAY_SECONDS: Final = 3600.0
SCHEMAS: Final = ("star", "marts")


@cache
def descriptions() -> dict[str, dict[str, Any]]:
    """Return comment, columns and (for marts) key of every table, by ``schema.table``."""
    tables: dict[str, dict[str, Any]] = yaml.safe_load(
        (_HERE / "columns.yaml").read_text(encoding="utf-8")
    )
    return tables


def models() -> Iterator[tuple[str, str]]:
    """Yield ``schema.table`` and its query, in the order they are built."""
    for schema in SCHEMAS:
        for path in sorted((_HERE / schema).glob("*.sql")):
            name = path.stem.split("_", 1)[1] if path.stem[:2].isdigit() else path.stem
            yield f"{schema}.{name}", path.read_text(encoding="utf-8")


def _libpq(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _load(database: duckdb.DuckDBPyConnection, url: str, extracts: Mapping[str, str]) -> None:
    """Load every extract in one repeatable-read transaction, so that the tables agree."""
    with adbc.connect(_libpq(url)) as source, source.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for name, query in extracts.items():
            cursor.execute(query)
            arrow = cursor.fetch_record_batch()
            database.register("arrow", arrow)
            local = ", ".join(
                f'timezone(\'{ZONE}\', "{field.name}") AS "{field.name}"'
                for field in arrow.schema
                if getattr(field.type, "tz", None)
            )
            # Moments become Beijing's clock: their day is the same wherever somebody reads them.
            columns = f"* REPLACE ({local})" if local else "*"
            database.execute(f'CREATE TABLE raw."{name}" AS SELECT {columns} FROM arrow')
            database.unregister("arrow")


@contextmanager
def new_snapshot(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a new snapshot file at ``path`` that older readers understand."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    database = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    try:
        database.execute(f"ATTACH {_quoted(str(path))} AS snapshot (STORAGE_VERSION '{_STORAGE}')")
        database.execute("USE snapshot")
        database.execute(f"SET TimeZone = '{ZONE}'")
        yield database
        database.execute("USE memory")
        database.execute("DETACH snapshot")
    finally:
        database.close()


def build(
    path: Path,
    url: str,
    *,
    extracts: Mapping[str, str] = EXTRACTS,
    dimensions: Sequence[Dimension] = (),
) -> None:
    """Build a snapshot of the database at ``url`` into the new file ``path``.

    ``dimensions`` are those that are declared elsewhere.
    """
    with new_snapshot(path) as database:
        for schema in ("raw", *SCHEMAS):
            database.execute(f"CREATE SCHEMA {schema}")
        _load(
            database,
            url,
            {**extracts, **{dimension.name: dimension.query for dimension in dimensions}},
        )
        database.create_function("mask", mask, ["VARCHAR"], "VARCHAR")
        for name, query in models():
            database.execute(f"CREATE TABLE {name} AS {query}")
        for dimension in dimensions:
            database.execute(f"CREATE TABLE {dimension.table} AS {dimension.select()}")
        database.execute("DROP SCHEMA raw CASCADE")
        for table, described in descriptions().items():
            _comment(database, table, described["comment"], described["columns"])
        for dimension in dimensions:
            _comment(database, dimension.table, dimension.comment, dimension.columns)


def _comment(
    database: duckdb.DuckDBPyConnection, table: str, comment: str, columns: Mapping[str, str]
) -> None:
    database.execute(f"COMMENT ON TABLE {table} IS {_quoted(comment)}")
    for column, text in columns.items():
        database.execute(f'COMMENT ON COLUMN {table}."{column}" IS {_quoted(text)}')


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def tables_of(database: duckdb.DuckDBPyConnection) -> list[str]:
    """Return every table of a snapshot as ``schema.table``."""
    rows = database.execute(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables() ORDER BY 1"
    ).fetchall()
    return [name for (name,) in rows]


def export_parquet(path: Path, folder: Path) -> list[Path]:
    """Write every table of the snapshot at ``path`` as Parquet into the new ``folder``."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    written = []
    with reading(path) as database:
        for table in tables_of(database):
            target = folder / f"{table.partition('.')[2]}.parquet"
            database.execute(f"COPY (FROM {table}) TO {_quoted(str(target))} (FORMAT parquet)")
            written.append(target)
    return written


def publish(fresh: Path, published: Path) -> None:
    """Put a built and checked snapshot in the place of the published one, with its Parquet.

    Published files are read-only: who opens one for writing would lock every reader out. What a
    writer left beside the published file is removed, or the next one would not open.
    """
    parquet = fresh.with_suffix(".parquet")
    export_parquet(fresh, parquet)
    for path in (fresh, *parquet.iterdir()):
        _sync(path)
        path.chmod(0o440)
    with _alone(published.parent):
        _log_of(published).unlink(missing_ok=True)
        os.replace(fresh, published)
        target, old = published.parent / "parquet", published.parent / "parquet.old"
        shutil.rmtree(old, ignore_errors=True)
        if target.exists():
            os.replace(target, old)
        os.replace(parquet, target)
        shutil.rmtree(old, ignore_errors=True)
        _sync(published.parent)


def sweep(folder: Path) -> None:
    """Remove what builds that were killed have left, unless one is at work now."""
    with _alone(folder):
        for stray in folder.glob(f"*{_FRESH}*"):
            if stray.stat().st_mtime < time.time() - _STRAY_SECONDS:
                shutil.rmtree(stray) if stray.is_dir() else stray.unlink()
        target, old = folder / "parquet", folder / "parquet.old"
        if old.exists() and not target.exists():
            os.replace(old, target)


def fresh_file(published: Path) -> Path:
    """Return a name of its own for a new snapshot beside the published one."""
    return published.with_name(f"{published.stem}.{uuid4().hex}{_FRESH}.duckdb")


def drop(fresh: Path) -> None:
    """Remove a snapshot that was not published, and all that belongs to it."""
    fresh.unlink(missing_ok=True)
    _log_of(fresh).unlink(missing_ok=True)
    shutil.rmtree(fresh.with_suffix(".parquet"), ignore_errors=True)


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time put files in place."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "publish.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
