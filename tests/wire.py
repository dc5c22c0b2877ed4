"""docs/wire-names.md: the names under which things are stored, chained and scheduled.

What was written under a name is read by it for years: suspended runs, audit entries, outbox rows,
drafts. So a name is added, and never changed or taken out.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import yaml

from services.events.audiences import AudienceKind
from services.events.catalogue import actions, topics
from services.events.event import PLACES, Event, Facts
from services.processes import PROCESSES, install_processes
from services.registers import REGISTERS

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "wire-names.md"
_HEAD: Final = """# Wire names

The names under which things are stored, chained and scheduled. What was written under a name is read by it for years:
suspended runs, audit entries, letters, drafts. **A name is added, and never changed or taken out**: `make documents`
writes this page from the code, and refuses where a name or a fact of the page is gone; a test compares them.
`{}` stands for the part that completes a name; the key of a letter to several audiences ends with the audience.
"""
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


def _with_facts(names: Mapping[str, type[Facts]]) -> list[str]:
    """Return what happens as it is stored, with the names of its facts."""
    lines = []
    for name, kind in names.items():
        told = PLACES.findall(kind.tag) if issubclass(kind, Event) and name in actions() else ()
        facts = [fact for fact in kind.model_fields if fact not in told]
        lines.append(f"{name}: {', '.join(facts)}" if facts else name)
    return lines


def lost(before: str, after: str) -> list[str]:
    """Return the names of a page that are gone from a later one, or have lost a fact."""
    kept = {name: set(facts) for name, facts in _listed(after)}
    return [name for name, facts in _listed(before) if not set(facts) <= kept.get(name, set())]


def _listed(page: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each name of a page, with its title, and then its facts."""
    title = ""
    for line in page.splitlines():
        if line.startswith("## "):
            title = line
        elif line.startswith("- `"):
            name, _, facts = line[3:-1].partition(": ")
            yield f"{title} {name}", [name, *facts.split(", ")] if facts else [name]


def page() -> str:
    """Return the page as the code has it now; raise ValueError where a name of the page is gone."""
    install_processes()
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
        "Audit actions and their facts": _with_facts(actions()),
        "Topics of letters and their facts": _with_facts(topics()),
        "Registers and their columns": [
            f"{register.code}: {', '.join(register.named)}" for register in REGISTERS
        ],
        "Audiences": [f"{kind}:{{}}" for kind in AudienceKind],
    }
    parts = [_HEAD]
    for title, names in sections.items():
        lines = "\n".join(f"- `{name}`" for name in sorted(set(names)))
        parts.append(f"## {title}\n\n{lines}\n")
    made = "\n".join(parts)
    if gone := lost(PAGE.read_text(encoding="utf-8"), made):
        raise ValueError(f"names that are stored never change, and these are gone: {gone}")
    return made
