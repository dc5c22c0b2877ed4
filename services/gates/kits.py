"""Kits: a capability's declaration of a gate, and of a stage with its gates.

A kit describes a gate's seats, its date, its ending, its dossier, the work of people there, and
its page. It orders and runs nothing; that is the flow's. The engine asks kits and knows no
capability.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, Generic, NamedTuple, NotRequired, TypedDict
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from domain.gates import (
    EXCLUSIONS,
    CastDecision,
    GateKind,
    OnDeadline,
    Outcome,
    Policy,
    Rule,
    Verb,
    Verdict,
    free_seat,
    settle,
)
from domain.identity.permissions import PERMITS, Act
from domain.identity.roles import ROLE_NAMES, Role, Seat
from domain.standings import Standing
from domain.text import Text
from models import Decision, Gate
from services.clock import work_calendar
from services.events.audiences import Audience
from services.gates.policy_rows import from_json, seats_for
from services.gates.readers import At, Reader, S, TaskState
from services.identity.actors import Codes

INTERESTED: Final = TaskState(Standing.BARRED, EXCLUSIONS["interest"])


class Fact(TypedDict):
    """A fact of a dossier as it is kept: labels, the value, in English where that differs.

    Only a ``public`` fact may be shown in Prefect. ``kind`` marks a fact that pages pick out.
    """

    zh: str
    en: str
    value: str
    public: bool
    value_en: NotRequired[str]
    kind: NotRequired[str]


def fact(zh: str, en: str, value: object, *, public: bool = True, kind: str = "") -> Fact:
    """Return a fact; a value in two languages is kept in both, ``kind`` names one that pages pick."""
    text = value.zh if isinstance(value, Text) else str(value)
    line = Fact(zh=zh, en=en, value=text, public=public)
    if isinstance(value, Text):
        line["value_en"] = value.en
    if kind:
        line["kind"] = kind
    return line


class Progress(NamedTuple):
    """Facts in, and facts needed; ``settles`` tells whether they do once the time is over."""

    done: int
    needed: int
    settles: bool = True

    @property
    def complete(self) -> bool:
        """Tell whether the quorum is in."""
        return self.needed > 0 and self.done >= self.needed

    def plus(self, done: int, needed: int) -> "Progress":
        """Return the progress with something else to wait for."""
        return self._replace(done=self.done + done, needed=self.needed + needed)


class Due(NamedTuple):
    """Until when a gate waits; ``days`` where that is counted in working days from its opening."""

    at: datetime
    provisional: bool = False
    days: int | None = None


def working_days(session: Session, at: datetime, days: int) -> Due:
    """Return the end of the ``days``-th working day after ``at``."""
    return Due(*work_calendar(session).add_working_days(at, days), days)


def decisions_cast(session: Session, gate: Gate) -> list[CastDecision]:
    """Return the decisions on the gate's present dossier in order.

    Decisions on an earlier version are kept and shown, but nobody's approval counts for a version
    that they have not read.
    """
    rows = session.exec(
        select(Decision)
        .where(Decision.gate_id == gate.id, Decision.dossier_version == gate.dossier_version)
        .order_by(col(Decision.decided_at))
    ).all()
    return [CastDecision(row.person_id, row.verb, row.option, row.seat) for row in rows]


class GateKit(ABC, Generic[S]):
    """One gate of a stage.

    ``duty`` is the code of what somebody does there and ``task`` its name; ``acts`` are those by
    which somebody has it, beside the seats of the rule. ``excludes_interested``: nobody decides
    who acts for an organisation concerned. ``blocks_reading``: its task opens no dossier.
    ``in_api``: a program reads what the task is about from the gate, not from addresses of its own.
    ``in_bulk``: the inbox offers to decide several at once. ``is_detour``: it opens only where
    something went another way than usual. ``template`` is what one does there;
    ``beside``: the dossier, and the template of what is ``judged``, stand beside it.
    """

    kind: ClassVar[GateKind]
    rule: Rule
    duty: ClassVar[str]
    task: ClassVar[Text]
    template: ClassVar[str | None] = None
    acts: ClassVar[tuple[Act, ...]] = ()
    excludes_interested: bool = False
    blocks_reading: ClassVar[bool] = False
    in_api: ClassVar[bool] = False
    in_bulk: ClassVar[bool] = False
    is_detour: ClassVar[bool] = False
    beside: ClassVar[bool] = False
    judged: ClassVar[str | None] = None
    stage: "StageKit[Any]"

    def roles(self) -> tuple[Role, ...]:
        """Return the roles whose task it may be: those seated by the rule, then those that may act.

        Empty where people are named one by one.
        """
        seated = [role for role, _, _ in self.rule.seats]
        acting = [role for act in self.acts for role, _ in PERMITS[act]]
        return tuple(dict.fromkeys(seated + acting))

    def with_whom(self, session: Session, subject: S, gate: Gate) -> tuple[Text, ...]:
        """Return the roles that the gate still waits for: those of the seats that are free."""
        del subject
        policy, cast = from_json(gate.policy), decisions_cast(session, gate)
        missing = [
            seat.role
            for index, seat in enumerate(policy.seats)
            if free_seat(policy, cast, [index]) is not None
        ]
        return tuple(ROLE_NAMES[role] for role in (missing if policy.seats else self.roles()))

    def seats(self, session: Session, subject: S, codes: Codes) -> tuple[Seat, ...]:
        """Return the seats of the rule, bound to the subject's place."""
        del session, subject
        return tuple(
            Seat(role, scope, codes[scope], count) for role, scope, count in self.rule.seats
        )

    def options(self, session: Session, subject: S) -> tuple[str, ...]:
        """Return what an approval chooses from."""
        del session, subject
        return self.rule.options

    def excluded(self, session: Session, subject: S) -> Mapping[UUID, str]:
        """Return the people excluded beside those with an interest, each with the reason's code."""
        del session, subject
        return {}

    def due(self, session: Session, subject: S, at: datetime) -> Due | None:
        """Return until when a gate that opens at ``at`` is to be decided."""
        del subject
        return working_days(session, at, self.rule.due_days) if self.rule.due_days else None

    @abstractmethod
    def verdict(self, session: Session, subject: S, gate: Gate, at: datetime) -> Verdict | None:
        """Return how the gate ends by the facts known at ``at``, None while it waits."""

    def require(self, session: Session, subject: S, verb: Verb) -> None:
        """Raise NotPermitted where a decision may not be taken yet."""

    def awaited(self, session: Session, subject: S) -> Sequence[Audience]:
        """Return the audiences that still owe their part, for reminders."""
        del session, subject
        return ()

    def concerns(self, me: Reader) -> ColumnElement[bool] | None:
        """Return the condition under which the gate concerns somebody beside their roles."""
        del me
        return None

    def answered(self, person_id: UUID) -> ColumnElement[bool] | None:
        """Return the condition under which somebody has done all that they do at the gate."""
        del person_id
        return None

    def standings(
        self, session: Session, me: Reader, gates: Sequence[At[S]]
    ) -> Sequence[TaskState | None]:
        """Return how somebody stands to each of these gates, None where it is no concern of theirs."""
        del session
        return [self.seated(me, at) for at in gates]

    def seated(self, me: Reader, at: At[S]) -> TaskState | None:
        """Stand as the gate's policy seats people."""
        policy = from_json(at.gate.policy)
        admitted, _ = seats_for(policy, self.kind, me.id, me.grants, me.absent)
        if not admitted:
            return None
        if reason := policy.excluded.get(me.id):
            return TaskState(Standing.BARRED, EXCLUSIONS[reason])
        # People who have come to act for an organisation concerned since the gate opened.
        if self.excludes_interested and at.gate.id in me.interested:
            return INTERESTED
        return self._at_seat(policy, me.cast[at.gate.id], me.id, admitted)

    def _at_seat(
        self, policy: Policy, cast: Sequence[CastDecision], me: UUID, admitted: Sequence[int]
    ) -> TaskState:
        if any(decision.person == me for decision in cast):
            return TaskState(Standing.DONE)
        if free_seat(policy, cast, admitted) is None:
            taken = Text("您的席位已有人作出决定。", "Somebody has decided from your seat.")
            return TaskState(Standing.DONE, taken)
        return TaskState(Standing.OPEN)

    def page(self, session: Session, me: Reader, at: At[S], state: TaskState) -> object:
        """Return what the page shows beside the dossier; its template and the API read the same."""
        del session, me, at, state
        return None


class Preparation(GateKit[S]):
    """Somebody writes what the stage decides on."""

    kind = GateKind.PREPARATION

    def verdict(self, session: Session, subject: S, gate: Gate, at: datetime) -> Verdict | None:
        """End once it is submitted."""
        del subject, at
        return settle(from_json(gate.policy), decisions_cast(session, gate))


class Approval(GateKit[S]):
    """People decide from their seats."""

    kind = GateKind.APPROVAL
    duty = "decide"
    task = Text("审批", "Decide")
    template = "gates/decide.html"
    beside = True
    in_api = True

    def verdict(self, session: Session, subject: S, gate: Gate, at: datetime) -> Verdict | None:
        """End as the seats have decided."""
        del subject, at
        return settle(from_json(gate.policy), decisions_cast(session, gate))


class EventGate(GateKit[S]):
    """Facts come in, of people of many roles."""

    kind = GateKind.EVENT

    @abstractmethod
    def progress(self, session: Session, subject: S) -> Progress:
        """Return how many facts are in, and how many it takes."""

    def verdict(self, session: Session, subject: S, gate: Gate, at: datetime) -> Verdict | None:
        """End once the facts are in, or as the rule has it once the time is over."""
        progress = self.progress(session, subject)
        if progress.complete:
            return Verdict(Outcome.APPROVED)
        if gate.due_at is None or gate.due_at > at or not progress.settles:
            return None
        ends = {OnDeadline.LAPSE: Outcome.LAPSED, OnDeadline.SETTLE: Outcome.APPROVED}
        outcome = ends.get(from_json(gate.policy).on_deadline)
        return Verdict(outcome) if outcome else None


class Timer(GateKit[S]):
    """A period runs; it is nobody's work until something is filed in it."""

    kind = GateKind.TIMER

    def with_whom(self, session: Session, subject: S, gate: Gate) -> tuple[Text, ...]:
        """Return nobody."""
        del session, subject, gate
        return ()

    def verdict(self, session: Session, subject: S, gate: Gate, at: datetime) -> Verdict | None:
        """End when the period is over."""
        del session, subject
        return Verdict(Outcome.APPROVED) if gate.due_at and gate.due_at <= at else None


class Repair(GateKit[S]):
    """Data that failed the stage's check waits to be mended."""

    kind = GateKind.REPAIR
    is_detour = True

    def verdict(self, session: Session, subject: S, gate: Gate, at: datetime) -> Verdict | None:
        """End where the data is sent back; the check itself ends it otherwise."""
        del subject, at
        sent_back = any(decision.verb is Verb.RETURN for decision in decisions_cast(session, gate))
        return Verdict(Outcome.RETURNED) if sent_back else None

    def _at_seat(
        self, policy: Policy, cast: Sequence[CastDecision], me: UUID, admitted: Sequence[int]
    ) -> TaskState:
        """Stay open to every seat: data may be mended again and again."""
        del policy, cast, me, admitted
        return TaskState(Standing.OPEN)


@dataclass(frozen=True)
class StageKit(Generic[S]):
    """A stage: its code, unique over all processes, its gates, and the facts they decide on."""

    code: str
    name: Text
    gates: tuple[GateKit[S], ...]
    facts: Callable[[Session, S], list[Fact]]

    def __post_init__(self) -> None:
        """Tell each gate which stage it belongs to."""
        for gate in self.gates:
            gate.stage = self
