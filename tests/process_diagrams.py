"""docs/processes.md: every kind of process, as its kit declares it, with a diagram of its statuses."""

from collections.abc import Iterator
from enum import Enum
from typing import Any, Final

from domain.gates import KIND_NAMES, OPTION_NAMES, VERB_NAMES, GateKind, OnDeadline
from domain.identity.roles import ROLE_NAMES
from domain.text import Text
from services.gates.kits import GateKit
from services.gates.process_kits import ProcessKit
from services.processes import PROCESSES
from tests.shell import ROOT

PAGE: Final = ROOT / "docs" / "processes.md"
_HEAD: Final = """# Processes

Every kind of process as it is declared: its statuses and what moves it, its stages in order, and the gates of each stage.
`make documents` writes this page from the declarations (`services/processes.py`); a test compares them, and another one
holds them against the paths of a finished round.
"""
_ENDS: Final = {
    OnDeadline.WAIT: "waits on, overdue",
    OnDeadline.LAPSE: "lapses",
    OnDeadline.SETTLE: "goes on with what is in",
}


def _both(text: Text) -> str:
    return f"{text.zh} {text.en}"


def _diagram(kit: ProcessKit[Any]) -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    for status, name in kit.status_names.items():
        yield f'    state "{_both(name)}" as {status}'
    first = next(iter(kit.status_names))
    yield f"    [*] --> {first}"
    for (before, move), after in kit.moves.items():
        yield f"    {before} --> {after}: {_words(move)}"
    for status in sorted(kit.over):
        yield f"    {status} --> [*]"
    yield "```"


def _words(move: Enum) -> str:
    return str(move.value).replace("_", " ")


def _who(gate: GateKit[Any]) -> str:
    """Return who has a task at the gate, with how many seats where the rule has seats."""
    if gate.rule.seats:
        return ", ".join(
            f"{count} × {_both(ROLE_NAMES[role])}" for role, _, count in gate.rule.seats
        )
    return ", ".join(_both(ROLE_NAMES[role]) for role in gate.roles()) or "the panel, by name"


def _until(gate: GateKit[Any]) -> str:
    if type(gate).due is not GateKit.due:
        return "its own date" + _late(gate)
    return f"{gate.rule.due_days} working days{_late(gate)}" if gate.rule.due_days else "—"


def _late(gate: GateKit[Any]) -> str:
    waits = gate.kind in (GateKind.TIMER, GateKind.EVENT)
    if gate.kind is GateKind.TIMER:
        return ", which ends it"
    return f"; then it {_ENDS[gate.rule.on_deadline]}" if waits else ""


def _says(gate: GateKit[Any]) -> str:
    verbs = [_both(VERB_NAMES[verb]) for verb in gate.rule.verbs]
    options = [OPTION_NAMES[option].en for option in gate.rule.options]
    return ", ".join(verbs) + (f" ({'; '.join(options)})" if options else "")


def _stages(kit: ProcessKit[Any]) -> Iterator[str]:
    for stage in kit.stages:
        yield f"### {_both(stage.name)}"
        yield ""
        yield "| Gate | Kind | Who | What may be said | Until |"
        yield "|---|---|---|---|---|"
        for gate in stage.gates:
            cells = (
                _both(gate.rule.title),
                _both(KIND_NAMES[gate.kind]),
                _who(gate),
                _says(gate),
                _until(gate),
            )
            yield f"| {' | '.join(cells)} |"
        yield ""


def page() -> str:
    """Return the page as the declarations have it now."""
    lines = [_HEAD]
    for kit in PROCESSES:
        lines += [f"## {_both(kit.name)} `{kit.definition}`", "", *_diagram(kit), ""]
        lines += _stages(kit)
    return "\n".join(lines).rstrip() + "\n"
