"""``python -m bench``: every figure beside its comparator, measured in one run.

Prints a table and writes ``<data>/bench/results.json``: a list of name, value, unit, target, ok,
with the raw times beside it.
"""

import argparse
import json
import shutil
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.engines import measure_guard, measure_report, measure_snapshot
from bench.figures import Figure
from bench.lifecycles import measure_lifecycles
from bench.pages import measure_pages


def main() -> None:
    """Measure everything and exit 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=Path("var"))
    parser.add_argument("--lifecycles", type=int, default=20, help="at once, on each worker")
    parser.add_argument("--facts", type=int, default=1_000_000, help="rows of the snapshot")
    parser.add_argument("--pages", action="store_true", help="the pages only")
    arguments = parser.parse_args()
    folder = arguments.data_dir / "bench"
    stack = folder / "stack"
    shutil.rmtree(stack, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    console = Console()
    figures = measure_pages(folder / "pages", console.print)
    if not arguments.pages:
        figures += _measure_engine(stack, arguments, console)
    _write(folder / "results.json", figures)
    _print(console, figures)
    raise SystemExit(0 if all(one.ok for one in figures) else 1)


def _measure_engine(stack: Path, arguments: argparse.Namespace, console: Console) -> list[Figure]:
    figures = measure_lifecycles(stack, arguments.lifecycles, console.print)
    figures += [measure_guard(stack), measure_report(stack)]
    return [*figures, measure_snapshot(stack, arguments.facts)]


def _write(path: Path, figures: list[Figure]) -> None:
    path.write_text(json.dumps([one.as_json() for one in figures], ensure_ascii=False, indent=2))
    raw = {one.name: one.raw for one in figures}
    path.with_name("raw.json").write_text(json.dumps(raw, indent=1))


def _print(console: Console, figures: list[Figure]) -> None:
    table = Table("", "name", "value", "target")
    for one in figures:
        table.add_row("✓" if one.ok else "✗", one.name, f"{one.value:.3g} {one.unit}", one.target)
    console.print(table)


if __name__ == "__main__":
    main()
