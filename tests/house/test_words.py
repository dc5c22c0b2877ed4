"""Words that are no names: what is left of them only becomes less."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shell import ROOT

NO_NAMES = {"held", "one", "found", "said"}
# How many variables and parameters of each package are still called so. A name that is mended lowers it.
LEFT = {
    "analytics": 6,
    "api": 82,
    "bench": 5,
    "checks": 1,
    "cli": 13,
    "demo": 12,
    "domain": 57,
    "flows": 4,
    "migrations": 13,
    "models": 5,
    "reports": 6,
    "services": 263,
    "tests": 377,
    "worker": 19,
}


# Words that make a sentence indirect: it names who does something instead.
INDIRECT = re.compile(r"\b(?:whoever|one's)\b", re.IGNORECASE)


def names_in(path: Path) -> Iterator[str]:
    """Yield the name of every variable and parameter of a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg


def test_what_is_called_by_no_name_becomes_less() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    counted = Counter(
        package
        for package in packages
        for path in (ROOT / package).rglob("*.py")
        for name in names_in(path)
        if name in NO_NAMES
    )
    assert dict(sorted(counted.items())) == LEFT


@pytest.mark.parametrize("folder", sorted(LEFT.keys() - {"tests", "migrations"}))
def test_a_sentence_names_who_does_something(folder: str) -> None:
    sentences = {
        f"{path.relative_to(ROOT)}:{number}"
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".html", ".typ", ".j2", ".sql"}
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if INDIRECT.search(line)
    }
    assert sentences == set()
