"""Where something stands now: the step, with whom, since when, until when, and what comes next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from domain.gates import GateKind
from domain.text import Text
from models import Gate
from services.gates.kits import GateKit
from services.gates.process_kits import ProcessKit, kit_at, kit_of
from services.gates.readers import Subject
from services.gates.settle_gate import waiting_gate


@dataclass(frozen=True, slots=True)
class NowWith:
    """The step at which something waits; ``who`` is empty where it waits for its date alone.

    ``due_provisional``: the date may move once that year's working days are published.
    """

    step: Text
    kind: GateKind
    who: tuple[Text, ...]
    opened_at: datetime
    due_at: datetime | None
    due_provisional: bool
    next_step: Text | None


def now_with(session: Session, subject: Subject) -> NowWith | None:
    """Return where a subject stands, None while its run is at work or after its end."""
    gate = waiting_gate(session, subject)
    return now_at(session, subject, gate) if gate else None


def now_at(session: Session, subject: Subject, gate: Gate) -> NowWith:
    """Return where a subject stands that waits at this gate."""
    kit = kit_at(gate)
    return NowWith(
        kit.rule.title,
        gate.kind,
        kit.with_whom(session, subject, gate),
        gate.opened_at,
        gate.due_at,
        gate.due_provisional,
        _next_step(kit_of(subject), subject, kit),
    )


def _next_step(process: ProcessKit[Any], subject: Subject, kit: GateKit[Any]) -> Text | None:
    """Return the gate that usually follows: of this stage, or the first of the next.

    Where a later stage is an escalation, nothing is told of it.
    """
    gates = kit.stage.gates
    if kit.is_detour and kit.kind is not GateKind.REPAIR:
        return None
    later = (gate for gate in gates[gates.index(kit) + 1 :] if not gate.is_detour)
    if following := next(later, None):
        return following.rule.title
    if not process.goes_on:
        return None
    reached = {
        process.stage_of.get(after)
        for (before, _), after in process.moves.items()
        if before == subject.status
    }
    stages = process.stages
    after = (stage for stage in stages[stages.index(kit.stage) + 1 :] if stage.code in reached)
    stage = next(after, None)
    if stage is None:
        return None
    title = stage.gates[0].rule.title
    return Text(f"{stage.name.zh} · {title.zh}", f"{title.en} ({stage.name.en})")
