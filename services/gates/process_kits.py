"""What a kind of process declares, and the kinds that are installed.

The list is made in ``services.processes``; nothing registers by being imported.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final, Generic, NamedTuple
from uuid import UUID

from sqlmodel import Session, select

from domain.gates import GateKey, GateKind, parse_key
from domain.text import Text
from models import Gate, Process
from services.events.event import Facts
from services.gates.kits import Fact, GateKit, StageKit
from services.gates.readers import S


class ProcessKit(ABC, Generic[S]):
    """A kind of process: the flow it runs by, its statuses, and its stages in order.

    ``definition`` is the flow and its version as stored, ``entrypoint`` where the flow is.
    ``stage_of`` has the statuses under way, ``over`` those after which nothing follows,
    ``stopped`` those into which it is put from outside, while its run may be anywhere. ``events``
    are what happens in it, and what people are told of it. ``goes_on``: no stage is an escalation.
    """

    definition: ClassVar[str]
    entrypoint: ClassVar[str]
    table: ClassVar[type[Any]]
    name: ClassVar[Text]
    stages: ClassVar[tuple[StageKit[Any], ...]]
    stage_of: ClassVar[Mapping[Any, str]]
    status_names: ClassVar[Mapping[Any, Text]]
    moves: ClassVar[Mapping[tuple[Any, Any], Any]]
    over: ClassVar[frozenset[Any]]
    stopped: ClassVar[frozenset[Any]] = frozenset()
    events: ClassVar[tuple[type[Facts], ...]] = ()
    goes_on: ClassVar[bool] = False

    @abstractmethod
    def page(self, subject: S) -> str:
        """Return the path of the page on which everybody reads of it."""

    @abstractmethod
    def interested(self, session: Session, subject: S) -> set[UUID]:
        """Return everybody who acts for an organisation concerned."""

    @abstractmethod
    def concerning(
        self, session: Session, organisations: Collection[UUID], subjects: Sequence[S]
    ) -> set[UUID]:
        """Return those of ``subjects``, by id, that concern one of these organisations."""

    def is_guarded(self, session: Session, subject: S) -> bool:
        """Tell whether only people with a part in its dossiers read them now."""
        del session, subject
        return False

    def facts(self, session: Session, subject: S) -> list[Fact]:
        """Return the facts that every gate shows before those of its stage."""
        del session, subject
        return []

    def tags(self, session: Session, subject: S) -> tuple[str, ...]:
        """Return what its run is tagged with in Prefect, beside the stage."""
        del session, subject
        return ()


class _Installed(NamedTuple):
    """The kinds of process by definition, stages by code, gates by stage and kind."""

    processes: Mapping[str, ProcessKit[Any]]
    stages: Mapping[str, StageKit[Any]]
    gates: Mapping[tuple[str, GateKind], GateKit[Any]]


_CODE: Final = re.compile(r"[a-z]{1,40}")
_installed = _Installed({}, {}, {})


def install(processes: Sequence[ProcessKit[Any]]) -> None:
    """Let these be the kinds of process, in the place of any before, at once for every thread.

    Raises ValueError where two share a definition, a stage or a gate, and for a stage whose code
    is not lower case letters alone, which a gate's key could not be read back from, and where
    something leads on from a status after which nothing follows.
    """
    global _installed
    stages = [stage for kit in processes for stage in kit.stages]
    made = _Installed(
        {kit.definition: kit for kit in processes},
        {stage.code: stage for stage in stages},
        {(stage.code, gate.kind): gate for stage in stages for gate in stage.gates},
    )
    if (len(made.processes), len(made.stages)) != (len(processes), len(stages)):
        raise ValueError("two processes share a definition or a stage")
    if len(made.gates) != sum(len(stage.gates) for stage in stages):
        raise ValueError("two gates of a stage are of one kind")
    if wrong := [stage.code for stage in stages if not _CODE.fullmatch(stage.code)]:
        raise ValueError(f"a stage's code is lower case letters: {wrong}")
    if wrong := [kit.definition for kit in processes if _leaves_an_end(kit)]:
        raise ValueError(f"a process that is over has no way on: {wrong}")
    _installed = made


def _leaves_an_end(kit: ProcessKit[Any]) -> bool:
    return any(before in kit.over for before, _ in kit.moves)


def process_kits() -> tuple[ProcessKit[Any], ...]:
    """Return every kind of process."""
    return tuple(_installed.processes.values())


def process_kit(definition: str) -> ProcessKit[Any]:
    """Return the kind of process that runs by this flow, whatever the version it began with.

    Raises KeyError for a flow that is not declared.
    """
    if kit := _installed.processes.get(definition):
        return kit
    flow = definition.partition("/")[0]
    for kit in _installed.processes.values():
        if kit.definition.partition("/")[0] == flow:
            return kit
    raise KeyError(definition)


def kit_of(subject: object) -> ProcessKit[Any]:
    """Return the kind of process that carries this subject; raise KeyError where there is none."""
    for kit in _installed.processes.values():
        if isinstance(subject, kit.table):
            return kit
    raise KeyError(type(subject).__name__)


def stage_kit(code: str) -> StageKit[Any]:
    """Return a stage by its code; raise KeyError for one that is not declared."""
    return _installed.stages[code]


def gate_kits() -> Iterator[GateKit[Any]]:
    """Give every gate of every process."""
    return iter(_installed.gates.values())


def kit_at(gate: Gate) -> GateKit[Any]:
    """Return the kit of an open gate, or of one that has ended."""
    return _installed.gates[gate.stage, gate.kind]


def undeclared(session: Session) -> list[str]:
    """Return the flows of processes that are stored and not declared here."""
    stored = session.exec(select(Process.definition).distinct()).all()
    flows = {kit.definition.partition("/")[0] for kit in process_kits()}
    return sorted(name for name in stored if name.partition("/")[0] not in flows)


def read_key(key: str) -> GateKey | None:
    """Return the parts of a gate's or wake's key; None where it names no gate of ours."""
    parts = parse_key(key)
    return parts if parts and (parts.stage, parts.kind) in _installed.gates else None


def title_of(key: str) -> Text:
    """Return what people call the gate that this key names."""
    parts = read_key(key)
    if parts is None:
        return Text("环节", "a gate")
    return _installed.gates[parts.stage, parts.kind].rule.title


def status_name(subject: Any) -> Text:
    """Return where something stands, as people say it."""
    return kit_of(subject).status_names[subject.status]


def stage_of(subject: Any) -> str | None:
    """Return the code of the stage at which something stands; None before and after them."""
    return kit_of(subject).stage_of.get(subject.status)


def is_over(subject: Any) -> bool:
    """Tell whether nothing follows any more; a draft has no stage either, but is not over."""
    return subject.status in kit_of(subject).over


def stopped(subject: Any) -> bool:
    """Tell whether something was ended from outside, while its run may be anywhere."""
    return subject.status in kit_of(subject).stopped
