"""``python -m bench``: every figure beside its comparator, measured in one run.

Prints a table and writes ``<data>/bench/results.json``: a list of name, value, unit, target, ok,
with the raw times beside it, and ``run.json``: version and commit, date, machine. With four
lifecycles on each worker it takes at most twenty minutes.
"""

import argparse
import json
import os
import platform
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import psutil
from rich.console import Console
from rich.table import Table

from bench.engines import measure_guard, measure_report, measure_snapshot
from bench.figures import Figure
from bench.imports import measure_import
from bench.lifecycles import measure_lifecycles
from bench.pages import measure_pages
from cli.version import release
from services.processes import install_processes
from worker.stack import running_stack

Say = Callable[[str], None]


class Size(NamedTuple):
    """How much is measured."""

    lifecycles: int
    crowd: int
    facts: int
    rows: int


def _lifecycles(folder: Path, size: Size, say: Say) -> list[Figure]:
    return measure_lifecycles(folder / "stack", size.lifecycles, size.crowd, say)


def _on_the_stack(measure: Callable[[Size], Figure]) -> Callable[[Path, Size, Say], list[Figure]]:
    """Measure over the closed projects that the lifecycles left, carrying one if there is none."""

    def run(folder: Path, size: Size, say: Say) -> list[Figure]:
        if not (folder / "stack" / "postgres").exists():
            measure_lifecycles(folder / "stack", 0, 0, say)
        with running_stack(folder / "stack", demo=True, workers=0):
            return [measure(size)]

    return run


MEASURES: Final[Mapping[str, Callable[[Path, Size, Say], list[Figure]]]] = {
    "pages": lambda folder, _, say: measure_pages(folder / "pages", say),
    "lifecycles": _lifecycles,
    "guard": _on_the_stack(lambda _: measure_guard()),
    "report": _on_the_stack(lambda _: measure_report()),
    "snapshot": _on_the_stack(lambda size: measure_snapshot(size.facts)),
    "import": lambda folder, size, _: [measure_import(folder / "import", size.rows)],
}


def main() -> None:
    """Measure everything, or the named measures, and exit 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=Path("var"))
    parser.add_argument("--lifecycles", type=int, default=4, help="at once, on each worker")
    parser.add_argument("--crowd", type=int, default=20, help="lifecycles at once, warm worker")
    parser.add_argument("--facts", type=int, default=1_000_000, help="rows of the snapshot")
    parser.add_argument("--rows", type=int, default=100_000, help="rows of the import")
    parser.add_argument(
        "--only", action="append", choices=list(MEASURES), help="repeat for several"
    )
    arguments = parser.parse_args()
    install_processes()
    folder = arguments.data_dir / "bench"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    console = Console()
    run = _run()
    (folder / "run.json").write_text(json.dumps(run, indent=1))
    console.print(f"jiebang {run['release']} · {run['began_at']} · {run['machine']}")
    size = Size(arguments.lifecycles, arguments.crowd, arguments.facts, arguments.rows)
    figures: list[Figure] = []
    for name in arguments.only or MEASURES:
        console.print(f"[bold]{name}[/bold]")
        figures += MEASURES[name](folder, size, console.print)
        _write(folder / "results.json", figures)
    _print(console, figures)
    raise SystemExit(0 if all(figure.ok for figure in figures) else 1)


def _run() -> dict[str, str]:
    """Return what the figures are of: version and commit, when, on which machine."""
    memory = psutil.virtual_memory().total / (1 << 30)
    return {
        "release": release(),
        "began_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{os.cpu_count()} processors, {memory:.0f} GiB, {platform.platform()},"
        f" Python {platform.python_version()}",
    }


def _write(path: Path, figures: list[Figure]) -> None:
    path.write_text(
        json.dumps([figure.as_json() for figure in figures], ensure_ascii=False, indent=2)
    )
    raw = {figure.name: figure.raw for figure in figures}
    path.with_name("raw.json").write_text(json.dumps(raw, indent=1))


def _print(console: Console, figures: list[Figure]) -> None:
    table = Table("", "name", "value", "target")
    for figure in figures:
        table.add_row(
            "✓" if figure.ok else "✗",
            figure.name,
            f"{figure.value:.3g} {figure.unit}",
            figure.target,
        )
    console.print(table)


if __name__ == "__main__":
    main()
