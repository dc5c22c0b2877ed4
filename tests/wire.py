"""docs/wire-names.md: the names under which things are stored, chained and scheduled.

What was written under a name is read by it for years: suspended runs, audit entries, outbox rows,
drafts. So a name is added, and never changed or taken out.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import yaml

from services.processes import PROCESSES

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "wire-names.md"
_HEAD: Final = """# Wire names

The names under which things are stored, chained and scheduled. What was written under a name is read by it for years:
suspended runs, audit entries, letters, drafts. **A name is added, and never changed or taken out.** `make documents`
writes this page from the code; a test compares them. `{}` stands for what a name is completed with.
"""
_WORD: Final = re.compile(r"[a-z_]+(?:[.-](?:[a-z_-]+|\{\}))*\.(?:[a-z_-]+|\{\})")
# Files, modules, loggers and failpoints look alike, and nothing is stored under them.
_NO_WORD: Final = re.compile(
    r"(?:jiebang|services)\..*"
    r"|.*\.(?:jsonl?|csv|pdf|html|lock|ready|pid|log|txt|md|py|pem|duckdb|new)"
    r"|.*\.before-(?:commit|ledger|work|audit|settle)"
)
_EFFECTS: Final = frozenset({"step", "after_gate", "effect_task"})


def _template(node: ast.expr) -> str | None:
    """Return a string as it is written, with ``{}`` for each of its fields."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        return "".join(str(part) for part in parts)
    return None


def _strings(folder: str) -> Iterator[str]:
    """Give every string of a folder's code; docstrings, too, which no pattern fits."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        inside = {
            part
            for node in ast.walk(tree)
            if isinstance(node, ast.JoinedStr)
            for part in node.values
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.expr) and node not in inside and (text := _template(node)):
                yield text


def _deployments() -> list[str]:
    declared = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    names = []
    for deployment in declared["deployments"]:
        flow = deployment["entrypoint"].rpartition(".")[2].replace("_", "-")
        names.append(f"{flow}/{deployment['name']} {deployment['entrypoint']}")
    return names


def _effects() -> list[str]:
    tree = ast.parse((ROOT / "tasks" / "effects.py").read_text(encoding="utf-8"))
    names = []
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in _EFFECTS
        ):
            match node.args:
                case [ast.Attribute(attr=stage), ast.Constant(value=str(step)), *_]:
                    names.append(f"{stage.lower()}.{step}")
    return names


def _keys() -> list[str]:
    """Return what drafts and letters are kept under: text with a colon and a field."""
    return [
        text for text in _strings("services") if re.fullmatch(r"[a-z-]+:[a-z:{}-]*\{\}\S*", text)
    ]


def _words() -> list[str]:
    """Return what happens, as audit entries, letters and incidents call it."""
    return [
        text
        for text in _strings("services")
        if _WORD.fullmatch(text) and not _NO_WORD.fullmatch(text)
    ]


def page() -> str:
    """Return the page as the code has it now."""
    gates = [
        f"{stage.code}-{gate.kind.value}"
        for process in PROCESSES
        for stage in process.stages
        for gate in stage.gates
    ]
    sections = {
        "Deployments and their entrypoints": _deployments(),
        "Gates": gates,
        "Effects": _effects(),
        "Keys of drafts and letters": _keys(),
        "Audit actions, topics of letters": _words(),
    }
    parts = [_HEAD]
    for title, names in sections.items():
        lines = "\n".join(f"- `{name}`" for name in sorted(set(names)))
        parts.append(f"## {title}\n\n{lines}\n")
    return "\n".join(parts)
