"""Query the published snapshot, read-only."""

from pathlib import Path
from typing import Any

import duckdb

from analytics.build import reading, snapshot_file
from domain.errors import BadInput


def query(data_dir: Path, sql: str) -> list[dict[str, Any]]:
    """Return the rows of ``sql``; raise BadInput without a snapshot or for SQL that fails."""
    path = snapshot_file(data_dir)
    if not path.exists():
        raise BadInput(
            zh="还没有分析快照，请先运行 `jiebang analytics build`。",
            en="There is no snapshot yet; run `jiebang analytics build` first.",
        )
    with reading(path) as database:
        try:
            cursor = database.execute(sql)
        except duckdb.Error as error:
            raise BadInput(zh=f"查询有误：{error}", en=f"The query failed: {error}") from None
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
