"""The published snapshot: where it lies, and how it is opened; DuckDB alone, nothing else is loaded."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

ZONE: Final = "Asia/Shanghai"
_QUIET: Final = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
_MEMORY: Final = "1GB"
_THREADS: Final = "2"


def snapshot_file(data_dir: Path) -> Path:
    """Return the path of the published snapshot."""
    return data_dir / "analytics" / "jiebang.duckdb"


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a snapshot read-only; days are those of Beijing wherever the reader is."""
    database = duckdb.connect(str(path), read_only=True, config=dict(_QUIET))
    try:
        database.execute(f"SET TimeZone = '{ZONE}'")
        yield database
    finally:
        database.close()


@contextmanager
def sandbox(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a snapshot for somebody's own SQL: it reads the snapshot, and no file, network or disk.

    Memory and threads are limited, and nothing of this can be set back.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        **_QUIET,
        "enable_external_access": "false",
        "memory_limit": _MEMORY,
        "threads": _THREADS,
        "max_temp_directory_size": "0B",
    }
    database = duckdb.connect(str(path), read_only=True, config=config)
    try:
        database.execute(f"SET TimeZone = '{ZONE}'")
        database.execute("SET lock_configuration = true")
        yield database
    finally:
        database.close()
