"""docs/rules.md: every rule of the domain in its own words, from the docstrings of ``domain``."""

import ast
from pathlib import Path
from typing import Final

from tests import proofs

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "rules.md"
_HEAD: Final = """# Rules

What the platform holds to, from the docstrings of `domain/`, where each is written once. `make documents` writes this
page; a test keeps it true. Amounts are in yuan, shares in percent, times in Beijing. The last section names the rules
by the tests that hold them.
"""
# What carries rules; the rest of ``domain`` is vocabulary.
_WITHOUT: Final = {
    *("__init__", "cells", "choices", "errors", "text", "mail", "categories"),
}


def _said(node: ast.AST) -> str:
    """Return a docstring without line breaks."""
    assert isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
    text = ast.get_docstring(node) or ""
    return " ".join(text.split())


def _rules(tree: ast.Module) -> list[tuple[str, str]]:
    """Return the public functions of a module, and those of its classes, with what they say."""
    rules = []
    for node in tree.body:
        functions = [node] if isinstance(node, ast.FunctionDef) else []
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            functions = [member for member in node.body if isinstance(member, ast.FunctionDef)]
        for function in functions:
            if not function.name.startswith("_") and (text := _said(function)):
                rules.append((function.name, text))
    return rules


def page() -> str:
    """Return the page as the docstrings have it now."""
    parts = [_HEAD]
    for path in sorted((ROOT / "domain").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if path.stem in _WITHOUT or not (rules := _rules(tree)):
            continue
        parts.append(f"## {path.stem.replace('_', ' ')}\n\n{_said(tree)}\n")
        parts.append("".join(f"- **{name.replace('_', ' ')}**: {text}\n" for name, text in rules))
    return "\n".join([*parts, proofs.section()])
