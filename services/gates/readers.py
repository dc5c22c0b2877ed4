"""Somebody before some open gates: what they hold, what they decided, where they have an interest."""

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

from sqlmodel import Session, col, select

from domain.gates import CastDecision
from domain.identity.roles import Grant
from domain.standings import Standing
from domain.text import Text
from models import Decision, Gate
from services.identity.actors import organisations_of
from services.identity.delegations import Absent, absent_for


class Subject(Protocol):
    """What a process carries; ``stage_round`` counts the rounds within its stage."""

    id: Any
    code: Any
    title: Any
    status: Any
    stage_round: Any


S = TypeVar("S")
Here = tuple[UUID, int]


class At(NamedTuple, Generic[S]):
    """An open gate and what it belongs to."""

    gate: Gate
    subject: S

    @property
    def here(self) -> Here:
        """Return the process and the round of the stage that the gate belongs to."""
        return self.gate.process_id, self.gate.round


class TaskState(NamedTuple):
    """How somebody stands to the work at a gate, why where that needs saying, and what it is for them.

    ``what`` is None where it is the same for everybody.
    """

    standing: Standing
    why: Text | None = None
    what: Text | None = None


def done_or_open(done: bool) -> TaskState:
    """Return that it is done, or that it is to be done."""
    return TaskState(Standing.DONE if done else Standing.OPEN)


def open_or_later(waits: bool) -> TaskState:
    """Return that something is to be done now, or that it may be later."""
    return TaskState(Standing.OPEN if waits else Standing.LATER)


class Reader:
    """One person before ``gates``, read at once for all of them."""

    def __init__(
        self,
        session: Session,
        person_id: UUID,
        grants: tuple[Grant, ...],
        gates: Sequence[At[Any]] = (),
        interested: frozenset[UUID] = frozenset(),
    ) -> None:
        """Take who they are; ``interested`` are the gates that concern their organisations."""
        self._session, self._gates = session, gates
        self.id, self.grants, self.interested = person_id, grants, interested
        self.organisations = organisations_of(grants)

    @cached_property
    def absent(self) -> Sequence[Absent]:
        """Return the colleagues in whose place they decide now."""
        return absent_for(self._session, self.id)

    @cached_property
    def cast(self) -> dict[UUID, list[CastDecision]]:
        """Return the decisions at each gate on its present dossier, in order."""
        versions = {at.gate.id: at.gate.dossier_version for at in self._gates}
        rows = self._session.exec(
            select(Decision)
            .where(col(Decision.gate_id).in_(versions))
            .order_by(col(Decision.decided_at))
        ).all()
        decisions: dict[UUID, list[CastDecision]] = defaultdict(list)
        for row in rows:
            if row.dossier_version == versions[row.gate_id]:
                decisions[row.gate_id].append(
                    CastDecision(row.person_id, row.verb, row.option, row.seat)
                )
        return decisions
