"""What waits for a person: every open gate they have something to do at, and how they stand to it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import false, or_
from sqlmodel import Session, col, select

from domain.gates import GateKind, gate_key
from domain.identity.roles import Grant
from domain.standings import Standing
from domain.text import Text
from models import Gate, Process
from services.gates.concerns import concerns, decided, delegated, done_at_gate
from services.gates.kits import GateKit
from services.gates.process_kits import ProcessKit, kit_at, kit_of
from services.gates.readers import At, Reader, Subject, TaskState
from services.gates.subjects import subjects_of
from services.identity.actors import organisations_of
from services.listing import Listed, list_page

Grants = tuple[Grant, ...]


class Task(NamedTuple):
    """A gate that concerns somebody: what they are to do, how they stand to it, and why."""

    subject: Subject
    gate: Gate
    kit: GateKit[Any]
    standing: Standing
    why: Text | None = None
    what: Text | None = None

    @property
    def name(self) -> Text:
        """Return what they are to do, verb first; at an approval, what is approved."""
        named = self.kit.rule.title if self.kit.kind is GateKind.APPROVAL else self.kit.task
        return self.what or named

    @property
    def duty(self) -> str:
        """Return the code of what they are to do."""
        return self.kit.duty

    @property
    def key(self) -> str:
        """Return the key of the gate."""
        return gate_key(self.gate.stage, self.gate.kind, self.gate.round)


def task_at(
    session: Session, person_id: UUID, grants: Grants, subject: Subject, gate: Gate
) -> Task | None:
    """Return how somebody stands to one open gate, None if it is no concern of theirs."""
    return _stand(session, person_id, grants, [At(gate, subject)])[0]


def task_page(session: Session, person_id: UUID, grants: Grants, task: Task) -> Any:
    """Return what the page of somebody's task shows beside the dossier."""
    at = At(task.gate, task.subject)
    me = _reader(session, person_id, grants, [at])
    return task.kit.page(session, me, at, TaskState(task.standing, task.why))


def tasks_of(session: Session, person_id: UUID, grants: Grants, *, after: str = "") -> Listed[Task]:
    """Return a page of the open gates that concern somebody, those due first.

    Tasks done are left out, so that a page may be shorter than others. Raises BadInput as
    ``list_page``.
    """
    query = (
        select(Gate, Process.code)
        .join(Process, col(Process.id) == Gate.process_id)
        .where(
            col(Gate.outcome).is_(None),
            or_(false(), *concerns(session, person_id, grants), *delegated(session, person_id)),
            ~decided(person_id),
            ~or_(false(), *done_at_gate(person_id)),
        )
        .order_by(col(Gate.due_at).nulls_last(), col(Process.code), col(Gate.id))
    )
    rows: Listed[tuple[Gate, str]] = list_page(session, query, after=after)
    subjects = subjects_of(session, {gate.process_id for gate, _ in rows})
    gates = [At(gate, subjects[gate.process_id]) for gate, _ in rows]
    tasks = _stand(session, person_id, grants, gates)
    return Listed([task for task in tasks if task], rows.next)


def _reader(session: Session, person_id: UUID, grants: Grants, gates: Sequence[At[Any]]) -> Reader:
    interested: frozenset[UUID] = frozenset()
    if organisations := organisations_of(grants):
        interested = _interested(session, organisations, gates)
    return Reader(session, person_id, grants, gates, interested)


def _interested(
    session: Session, organisations: frozenset[UUID], gates: Sequence[At[Any]]
) -> frozenset[UUID]:
    """Return the gates that concern one of these organisations."""
    kinds: dict[ProcessKit[Any], list[At[Any]]] = defaultdict(list)
    for at in gates:
        kinds[kit_of(at.subject)].append(at)
    concerned: set[UUID] = set()
    for kit, here in kinds.items():
        subjects = kit.concerning(session, organisations, [at.subject for at in here])
        concerned |= {at.gate.id for at in here if at.subject.id in subjects}
    return frozenset(concerned)


def _stand(
    session: Session, person_id: UUID, grants: Grants, gates: Sequence[At[Any]]
) -> list[Task | None]:
    """Return the tasks at ``gates``, in their order; each kit is asked once for all of its gates."""
    me = _reader(session, person_id, grants, gates)
    kinds: dict[GateKit[Any], list[At[Any]]] = defaultdict(list)
    for at in gates:
        kinds[kit_at(at.gate)].append(at)
    tasks: dict[UUID, Task] = {}
    for kit, here in kinds.items():
        states = kit.standings(session, me, here)
        for at, state in zip(here, states, strict=True):
            if state:
                tasks[at.gate.id] = Task(at.subject, at.gate, kit, *state)
    return [tasks.get(at.gate.id) for at in gates]
