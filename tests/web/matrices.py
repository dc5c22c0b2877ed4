"""Committed matrices: what came of every request for everybody, compared with what is committed."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from services.rate_limits import forget_all_tries
from tests.web.requests import VISITORS


def walked(asked: Iterable[tuple[str, Callable[[str], str]]]) -> list[str]:
    """Return a matrix as lines: each request by its name, and what came of it for each visitor."""
    lines = ["request | " + " | ".join(VISITORS)]
    for name, ask in asked:
        forget_all_tries()
        lines.append(f"{name} | " + " | ".join(ask(who) for who in VISITORS))
    return lines


def committed(name: str) -> dict[str, dict[str, str]]:
    """Return a committed matrix: for each request by its name, what comes of it for a visitor."""
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    rows = [line.split(" | ") for line in lines]
    return {row[0]: dict(zip(rows[0][1:], row[1:], strict=True)) for row in rows[1:]}


def compare(lines: list[str], name: str, folder: Path) -> None:
    """Fail where the matrix is not the committed one, and say where the new one lies.

    Under ``make matrices`` the new one takes its place, to be read and committed.
    """
    if os.environ.get("MATRICES") == "write":
        folder = Path(__file__).parent
    new = folder / name
    new.write_text("\n".join(lines) + "\n", encoding="utf-8")
    path = Path(__file__).with_name(name)
    before = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    assert lines == before, f"the table is now {new}: read it, then commit it"
