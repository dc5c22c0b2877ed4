"""The rules of the domain, each by the name of the test that holds it.

A test that holds a rule says so: ``@pytest.mark.rule("Award 承榜")``. Its name is the rule as a
sentence. ``docs/rules.md`` shows them by section, in the order in which the tests lie.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

_TESTS: Final = Path(__file__).parent
SECTIONS: Final = (
    "People",
    "The lifecycle",
    "Periods",
    "Publish 发榜",
    "Bid 揭榜",
    "Award 承榜",
    "Deliver",
    "Assess 考榜",
    "Consequences",
    "Bad input",
)

_HEAD: Final = """## The rules, and the tests that hold them

Each line is a rule and, but for `test_` and the underscores, the name of the test that holds it.
"""


class Rule(NamedTuple):
    """A rule: its section, and the name of its test without the prefix."""

    section: str
    name: str


def rules() -> Iterator[Rule]:
    """Yield the rule of every test that is marked with one."""
    for path in sorted(_TESTS.rglob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                for section in _sections_of(node):
                    yield Rule(section, node.name.removeprefix("test_"))


def _sections_of(test: ast.FunctionDef) -> Iterator[str]:
    """Yield what ``@pytest.mark.rule`` of a test says."""
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.rule":
            yield ast.literal_eval(mark.args[0])


def section() -> str:
    """Return the section of ``docs/rules.md``: every rule as its test's name says it."""
    lines: defaultdict[str, list[str]] = defaultdict(list)
    for rule in rules():
        lines[rule.section].append(f"- {_sentence(rule.name)}\n")
    return "\n".join([_HEAD, *(f"### {title}\n\n{''.join(lines[title])}" for title in SECTIONS)])


def _sentence(name: str) -> str:
    words = name.replace("_s_", "’s ").replace("_", " ")
    return f"{words[0].upper()}{words[1:]}."
