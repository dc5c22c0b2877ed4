"""Build the snapshot: PostgreSQL → Arrow → a new DuckDB file → star schema and marts → comments.

The published file is never touched by a writer: a new one replaces it in one step, so readers are
never blocked and never see half a snapshot.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

import adbc_driver_postgresql.dbapi as adbc
import duckdb
import yaml
from sqlalchemy import make_url

from analytics.extract import EXTRACTS

_HERE: Final = Path(__file__).parent
_STORAGE: Final = "v1.5.0"
SCHEMAS: Final = ("star", "marts")


def snapshot_file(data_dir: Path) -> Path:
    """Return the path of the published snapshot."""
    return data_dir / "analytics" / "jiebang.duckdb"


@cache
def descriptions() -> dict[str, dict[str, Any]]:
    """Return comment, columns and (for marts) key of every table, by ``schema.table``."""
    held: dict[str, dict[str, Any]] = yaml.safe_load(
        (_HERE / "columns.yaml").read_text(encoding="utf-8")
    )
    return held


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
            database.execute(f'CREATE TABLE raw."{name}" AS SELECT * FROM arrow')
            database.unregister("arrow")


@contextmanager
def new_snapshot(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a new snapshot file at ``path`` that older readers understand."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    database = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    try:
        database.execute(f"ATTACH '{path}' AS snapshot (STORAGE_VERSION '{_STORAGE}')")
        database.execute("USE snapshot")
        database.execute("SET TimeZone = 'Asia/Shanghai'")
        yield database
        database.execute("USE memory")
        database.execute("DETACH snapshot")
    finally:
        database.close()


def build(path: Path, url: str, *, extracts: Mapping[str, str] = EXTRACTS) -> None:
    """Build a snapshot of the database at ``url`` into the new file ``path``."""
    with new_snapshot(path) as database:
        for schema in ("raw", *SCHEMAS):
            database.execute(f"CREATE SCHEMA {schema}")
        _load(database, url, extracts)
        for name, query in models():
            database.execute(f"CREATE TABLE {name} AS {query}")
        database.execute("DROP SCHEMA raw CASCADE")
        _comment(database)


def _comment(database: duckdb.DuckDBPyConnection) -> None:
    for table, held in descriptions().items():
        database.execute(f"COMMENT ON TABLE {table} IS {_quoted(held['comment'])}")
        for column, text in held["columns"].items():
            database.execute(f'COMMENT ON COLUMN {table}."{column}" IS {_quoted(text)}')


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a snapshot read-only."""
    database = duckdb.connect(
        str(path), read_only=True, config={"autoinstall_known_extensions": "false"}
    )
    try:
        yield database
    finally:
        database.close()


def export_parquet(path: Path, folder: Path) -> list[Path]:
    """Write every mart of the snapshot at ``path`` as Parquet into the new ``folder``."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    written = []
    with reading(path) as database:
        for table in descriptions():
            target = folder / f"{table.partition('.')[2]}.parquet"
            database.execute(f"COPY (FROM {table}) TO '{target}' (FORMAT parquet)")
            written.append(target)
    return written


def publish(fresh: Path, published: Path) -> None:
    """Put a built and checked snapshot in the place of the published one, with its Parquet."""
    parquet = fresh.with_suffix(".parquet")
    export_parquet(fresh, parquet)
    os.replace(fresh, published)
    target = published.parent / "parquet"
    old = published.parent / ".parquet.old"
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        os.replace(target, old)
    os.replace(parquet, target)
    shutil.rmtree(old, ignore_errors=True)
