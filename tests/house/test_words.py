"""Words that are no names, and sentences that name nobody."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shell import ROOT

NO_NAMES = {"held", "one", "found", "said"}
# What stays: names that go over the wire, a column, and migrations, which are never changed.
LEFT = {"api": 2, "migrations": 13, "models": 1, "services": 2}
_WORD = "(?:one|held|found|said)\\b"
IN_A_TEMPLATE = re.compile(
    rf"{{%-?\s*(?:for (?:\w+, )*{_WORD}|set {_WORD}|macro \w+\([^)]*\b{_WORD})"
)
# Words that make a sentence indirect: it names who does something instead.
INDIRECT = re.compile(r"\b(?:whoever|one's)\b", re.IGNORECASE)
IN_A_SCRIPT = re.compile(rf"\b(?:const|let|var) \[?(?:\w+, )?{_WORD}|\({_WORD}\) =>")


PACKAGES = sorted(
    {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "migrations"}
)


def names_in(path: Path) -> Iterator[str]:
    """Yield the name of every variable and parameter of a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg


def test_nothing_is_called_by_a_word_that_is_no_name() -> None:
    counted = Counter(
        package
        for package in (*PACKAGES, "migrations", "tests")
        for path in (ROOT / package).rglob("*.py")
        for name in names_in(path)
        if name in NO_NAMES
    )
    assert dict(sorted(counted.items())) == LEFT


def test_nothing_in_a_template_is_called_so_either() -> None:
    called = {
        f"{path.relative_to(ROOT)}: {match[0]}"
        for folder in ("api/templates", "reports/templates")
        for path in (ROOT / folder).rglob("*.*")
        if path.suffix in {".html", ".xml", ".j2"}
        for match in IN_A_TEMPLATE.finditer(path.read_text("utf-8"))
    }
    assert called == set()


def test_nothing_in_a_script_is_called_so_either() -> None:
    scripts = (ROOT / "api" / "static").glob("*.js")
    assert [match for path in scripts for match in IN_A_SCRIPT.findall(path.read_text())] == []


@pytest.mark.parametrize("folder", PACKAGES)
def test_a_sentence_names_who_does_something(folder: str) -> None:
    sentences = {
        f"{path.relative_to(ROOT)}:{number}"
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".html", ".typ", ".j2", ".sql"}
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if INDIRECT.search(line)
    }
    assert sentences == set()
