"""Commands about the snapshot; a query loads DuckDB and nothing of the platform."""

import csv
import io
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import AsJson, DataDir, console, emit, errors, opened, say
from domain.errors import BadInput

if TYPE_CHECKING:
    from analytics.query import QueryResult

analytics_app = typer.Typer(no_args_is_help=True, help="分析 · analytics")


class Format(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    PARQUET = "parquet"
    MARKDOWN = "md"


@analytics_app.command("build")
def analytics_build(data_dir: DataDir = Path("var"), as_json: AsJson = False) -> None:
    """构建、检查并发布分析快照 · build, check and publish the snapshot."""
    from services.public.publish_snapshot import publish_snapshot

    with opened(data_dir):
        path = publish_snapshot(data_dir)
    emit({"duckdb": str(path)}, as_json, lambda: console.print(str(path)))


@analytics_app.command("query")
def analytics_query(
    sql: Annotated[
        str, typer.Argument(help="一条 SQL，- 表示从标准输入读 · SQL, or - for stdin.")
    ] = "",
    file: Annotated[Path | None, typer.Option(help="SQL 文件 · a file with the SQL.")] = None,
    form: Annotated[
        Format, typer.Option("--format", help="输出格式 · how it is written.")
    ] = Format.TABLE,
    limit: Annotated[int | None, typer.Option(min=0, help="最多多少行 · rows at most.")] = None,
    output: Annotated[Path | None, typer.Option(help="写入文件 · write into this file.")] = None,
    data_dir: DataDir = Path("var"),
    as_json: AsJson = False,
) -> None:
    """查询已发布的快照（只读）· query the published snapshot, read-only."""
    from analytics.query import query

    answer = query(data_dir, _sql(sql, file), limit=limit)
    _write(answer, Format.JSON if as_json else form, output)
    if answer.more:
        errors.print(say(f"只显示前 {limit} 行。", f"Only the first {limit} rows are shown."))


def _sql(given: str, file: Path | None) -> str:
    if file is None:
        return sys.stdin.read() if given == "-" else given
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise BadInput(
            zh=f"读不了文件 {file}，请检查路径，并存为 UTF-8。",
            en=f"The file {file} cannot be read; see its path, and save it as UTF-8.",
        ) from None


@analytics_app.command("tables")
def analytics_tables(data_dir: DataDir = Path("var"), as_json: AsJson = False) -> None:
    """快照里的表和说明 · the snapshot's tables and what they hold."""
    from analytics.query import tables

    _write(tables(data_dir), Format.JSON if as_json else Format.TABLE, None)


@analytics_app.command("describe")
def analytics_describe(name: str, data_dir: DataDir = Path("var"), as_json: AsJson = False) -> None:
    """一张表的列和说明 · a table's columns and what they mean."""
    from analytics.query import describe

    _write(describe(data_dir, name), Format.JSON if as_json else Format.TABLE, None)


def _write(answer: "QueryResult", form: Format, output: Path | None) -> None:
    if form is Format.PARQUET:
        _parquet(answer, output)
    elif form is Format.TABLE and output is None:
        _show(answer)
    else:
        text = _text(answer, form)
        if output:
            output.write_text(text, encoding="utf-8")
        else:
            sys.stdout.write(text)


def _text(answer: "QueryResult", form: Format) -> str:
    from analytics.query import plain, shown

    if form is Format.JSON:
        return json.dumps(list(answer.records()), ensure_ascii=False, indent=2) + "\n"
    if form is Format.JSONL:
        return "".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in answer.records())
    if form is Format.CSV:
        written = io.StringIO()
        lines = csv.writer(written, lineterminator="\n")
        lines.writerow(answer.columns)
        lines.writerows(
            [
                ""
                if cell is None
                else shown(cell)
                if isinstance(plain(cell), dict | list)
                else plain(cell)
                for cell in row
            ]
            for row in answer.rows
        )
        return written.getvalue()
    rows = [answer.columns, ["---"] * len(answer.columns)]
    rows += [
        [shown(cell).replace("|", "\\|").replace("\n", " ") for cell in row] for row in answer.rows
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _parquet(answer: "QueryResult", output: Path | None) -> None:
    if output is None:
        raise BadInput(
            zh="Parquet 需要写入文件，请加 --output 文件名。",
            en="Parquet is written into a file: add --output FILE.",
        )
    import pyarrow
    from pyarrow import parquet

    columns = list(zip(*answer.rows, strict=True)) or [()] * len(answer.columns)
    table = pyarrow.table(
        {n: pyarrow.array(c) for n, c in zip(answer.columns, columns, strict=True)}
    )
    parquet.write_table(table, output)


def _show(answer: "QueryResult") -> None:
    """Print a table; where it is wider than the screen, a record under the other."""
    from rich.table import Table
    from rich.text import Text

    from analytics.query import shown

    rows = [[shown(cell) for cell in row] for row in answer.rows]
    widths = [
        max(map(_width, (name, *(row[at] for row in rows))))
        for at, name in enumerate(answer.columns)
    ]
    if sum(widths) + 3 * len(widths) + 1 <= console.width or not rows:
        table = Table()
        for name in answer.columns:
            table.add_column(Text(name), overflow="fold")
        for row in rows:
            table.add_row(*map(Text, row))
        console.print(table)
        if not rows:
            console.print(say("没有符合的行。", "No rows."))
        return
    label = max(map(_width, answer.columns))
    for number, row in enumerate(rows, start=1):
        console.rule(str(number), align="left", style="dim")
        for name, value in zip(answer.columns, row, strict=True):
            padding = " " * (label - _width(name))
            console.print(Text(f"{name}{padding}  {value}"), soft_wrap=True)


def _width(text: str) -> int:
    return max(
        (sum(2 if character > "\u2e7f" else 1 for character in line) for line in text.split("\n")),
        default=0,
    )
