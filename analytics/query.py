"""Query the published snapshot: one statement, read-only, in limits of memory and time."""

import datetime
import json
import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from threading import Timer
from typing import Any, Final, NamedTuple
from uuid import UUID

import duckdb

from analytics.snapshot import sandbox, snapshot_file
from domain.errors import BadInput

SECONDS: Final = 60.0
_TABLES: Final = """
SELECT schema_name || '.' || table_name AS name, estimated_size AS rows, comment
FROM duckdb_tables() ORDER BY schema_name DESC, table_name
"""
_COLUMNS: Final = """
SELECT column_name AS column, data_type AS type, comment FROM duckdb_columns()
WHERE schema_name || '.' || table_name = $name OR table_name = $name ORDER BY column_index
"""


class QueryResult(NamedTuple):
    """What a statement returns: its columns, each name once, and its rows; ``more`` were left out."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    more: bool = False

    def records(self) -> Iterator[dict[str, Any]]:
        """Give each row by the names of its columns, as JSON holds values."""
        for row in self.rows:
            yield dict(zip(self.columns, map(plain, row), strict=True))


def query(
    data_dir: Path,
    sql: str,
    *,
    limit: int | None = None,
    seconds: float = SECONDS,
    values: dict[str, object] | None = None,
) -> QueryResult:
    """Return what ``sql`` returns, at most ``limit`` rows.

    Raises BadInput without a snapshot, for a file that cannot be opened, for SQL that fails or is
    not one statement, and for what takes longer than ``seconds``.
    """
    path = snapshot_file(data_dir)
    if not path.exists():
        raise BadInput(
            zh="还没有分析快照，请先运行 `jiebang analytics build`。",
            en="There is no snapshot yet; run `jiebang analytics build` first.",
        )
    try:
        with sandbox(path) as database:
            return _ask(database, sql, values, limit, seconds)
    except duckdb.InterruptException:
        raise BadInput(
            zh=f"查询超过 {seconds:g} 秒，已停止。请缩小范围。",
            en=f"The query took more than {seconds:g} s and was stopped; ask for less.",
        ) from None
    except (duckdb.IOException, duckdb.SerializationException) as error:
        raise BadInput(
            zh=f"快照打不开：{_first(error)} 若有人以可写方式打开了它，请关闭；否则请重新构建。",
            en=f"The snapshot does not open: {_first(error)} If somebody has it open for writing, "
            "close it; otherwise build it again.",
        ) from None
    except duckdb.Error as error:
        raise BadInput(zh=f"查询有误：{error}", en=f"The query failed: {error}") from None
    except (ValueError, OverflowError) as error:
        raise BadInput(
            zh=f"结果中有无法显示的值：{error}。请在 SQL 里用 CAST(… AS VARCHAR)。",
            en=f"The result holds a value that cannot be shown: {error}. CAST it to VARCHAR.",
        ) from None


def _first(error: Exception) -> str:
    return str(error).splitlines()[0][:300]


def _ask(
    database: duckdb.DuckDBPyConnection,
    sql: str,
    values: dict[str, object] | None,
    limit: int | None,
    seconds: float,
) -> QueryResult:
    statements = duckdb.extract_statements(sql)
    if len(statements) != 1:
        raise BadInput(
            zh="请写一条 SQL 语句。" if not statements else "一次只能运行一条 SQL 语句。",
            en="Write an SQL statement." if not statements else "One statement at a time.",
        )
    timer = Timer(seconds, database.interrupt)
    timer.daemon = True
    timer.start()
    try:
        cursor = database.execute(sql, values) if values else database.execute(sql)
        names = [column[0] for column in cursor.description or ()]
        rows = cursor.fetchall() if limit is None else cursor.fetchmany(limit + 1)
    finally:
        timer.cancel()
    more = limit is not None and len(rows) > limit
    return QueryResult(_each_once(names), rows[:limit] if more else rows, more)


def _each_once(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names, a second of the same with its number."""
    taken: dict[str, int] = {}
    unique = []
    for name in names:
        taken[name] = taken.get(name, 0) + 1
        unique.append(name if taken[name] == 1 else f"{name}_{taken[name]}")
    return tuple(unique)


def tables(data_dir: Path) -> QueryResult:
    """Return the tables of the snapshot with what each holds."""
    return query(data_dir, _TABLES)


def describe(data_dir: Path, name: str) -> QueryResult:
    """Return the columns of a table with their types and what they mean; raise BadInput."""
    answer = query(data_dir, _COLUMNS, values={"name": name})
    if not answer.rows:
        raise BadInput(
            zh=f"快照里没有表“{name}”，用 jiebang analytics tables 查看。",
            en=f"The snapshot has no table {name!r}; jiebang analytics tables lists them.",
        )
    return answer


def plain(value: Any) -> Any:
    """Return a value of DuckDB as JSON holds it."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Decimal | datetime.timedelta | UUID):
        return str(value)
    if isinstance(value, dict):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def shown(value: Any) -> str:
    """Return a value as people read it in a cell."""
    readable = plain(value)
    if readable is None:
        return "—"
    return (
        json.dumps(readable, ensure_ascii=False)
        if isinstance(readable, dict | list)
        else str(readable)
    )
