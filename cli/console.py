"""What every command shares: options, languages, tables, and the way to the database."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain import moments
from domain.canonical import plain
from domain.text import Lang

DataDir = Annotated[
    Path,
    typer.Option(
        "--data-dir", envvar="JIEBANG_DATA_DIR", help="数据目录 · where everything is kept."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON.")]
By = Annotated[str, typer.Option("--as", help="以谁的身份 · login of the person who acts.")]
Row = dict[str, Any]

console = Console()
errors = Console(stderr=True)


def language() -> Lang:
    """Return the language of the command line."""
    # Not from the settings: a command line that only helps loads nothing of the platform.
    return "en" if os.environ.get("JIEBANG_LANG") == "en" else "zh"


def say(zh: str, en: str) -> str:
    """Return the text of the command line's language."""
    return zh if language() == "zh" else en


def emit(value: object, as_json: bool, show: Callable[[], None]) -> None:
    """Print ``value`` as JSON, or show it to a person."""
    if as_json:
        typer.echo(json.dumps(value, default=plain, ensure_ascii=False, indent=2))
    else:
        show()


def table(rows: list[Row], *columns: tuple[str, str]) -> None:
    """Print rows as a table; ``columns`` are (title, key)."""
    if not rows:
        console.print(say("没有内容。", "Nothing here."))
        return
    table = Table()
    for title, _ in columns:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(Text(shown(key, row[key])) for _, key in columns))
    console.print(table)


def shown(name: str, value: object) -> str:
    """Return a value as people read it; times in Beijing, a deadline by its last day."""
    if isinstance(value, datetime):
        text = moments.until(value) if moments.is_deadline(name) else moments.when(value)
        return text.say(language())
    return "—" if value is None else str(value)


def facts(row: Row) -> None:
    """Print what a row says, one line each."""
    for name, value in row.items():
        if not isinstance(value, list | dict):
            line = Text.assemble((name, "dim"), " ", shown(name, value))
            console.print(line, highlight=False)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show on standard error how far something is, where a person is watching."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def opened(data_dir: Path) -> Iterator[Any]:
    """Open a session on the stack of ``data_dir``; commits when the block ends well."""
    from models.session import unit_of_work
    from worker.addresses import use_stack

    use_stack(data_dir)
    with unit_of_work() as session:
        yield session


def away_part(error: Exception) -> str | None:
    """Return which part of the stack does not answer, where that is what ``error`` says."""
    from httpx import TransportError
    from sqlalchemy.exc import OperationalError

    if isinstance(error, OperationalError):
        return "PostgreSQL"
    return "Prefect" if isinstance(error, TransportError) else None
