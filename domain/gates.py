"""Gates: the five kinds, who decides, what ends them, and the names of their keys.

Flows and the dispatcher share the key names; services settle gates by the functions here.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from domain.identity.roles import Role, Scope, Seat
from domain.text import Text


class GateKind(StrEnum):
    """How a gate ends. Source: architecture, "The gate"."""

    PREPARATION = "preparation"
    APPROVAL = "approval"
    EVENT = "event"
    TIMER = "timer"
    REPAIR = "repair"


class Outcome(StrEnum):
    """What came of a gate."""

    APPROVED = "approved"
    RETURNED = "returned"
    REJECTED = "rejected"
    LAPSED = "lapsed"
    ENDED = "ended"


class Verb(StrEnum):
    """What a person may say at a gate."""

    SUBMIT = "submit"
    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"
    MEND = "mend"


class OnDeadline(StrEnum):
    """What the passing of ``due_at`` does to a gate."""

    WAIT = "wait"
    LAPSE = "lapse"
    SETTLE = "settle"


VERB_NAMES: Final[Mapping[Verb, Text]] = {
    Verb.SUBMIT: Text("提交", "submit"),
    Verb.APPROVE: Text("同意", "approve"),
    Verb.RETURN: Text("退回", "return"),
    Verb.REJECT: Text("否决", "reject"),
    Verb.MEND: Text("已修正", "mended"),
}
OUTCOME_NAMES: Final[Mapping[Outcome, Text]] = {
    Outcome.APPROVED: Text("通过", "approved"),
    Outcome.RETURNED: Text("退回", "returned"),
    Outcome.REJECTED: Text("否决", "rejected"),
    Outcome.LAPSED: Text("逾期", "lapsed"),
    Outcome.ENDED: Text("终止", "ended"),
}
_DONE: Final = Text("完成", "done")
KIND_NAMES: Final[Mapping[GateKind, Text]] = {
    GateKind.PREPARATION: Text("准备", "preparation"),
    GateKind.APPROVAL: Text("审批", "approval"),
    GateKind.EVENT: Text("等待事实", "facts"),
    GateKind.TIMER: Text("期限", "timer"),
    GateKind.REPAIR: Text("修正数据", "repair"),
}

OPTION_NAMES: Final[Mapping[str, Text]] = {
    "extend": Text("延长一次揭榜期", "extend the bid window once"),
    "republish": Text("修改后重新发榜", "draft the call again and republish"),
    "close_without_award": Text("流标结束", "close without an award"),
}

# A gate that people wait at is reminded of this long before it is due.
REMIND_BEFORE: Final = timedelta(days=1)
NEEDS_REASON: Final = frozenset({Verb.RETURN, Verb.REJECT})


@dataclass(frozen=True)
class Rule:
    """The standing rule of a gate, before it is bound to one project's places and people.

    ``seats`` are (role, scope, count); ``due_days`` working days; a timer's due time is given
    by the stage. ``reasoned``: every decision has a reason, not only those that send back. ``proof``: deciding
    takes a fresh proof of who one is.
    """

    title: Text
    seats: tuple[tuple[Role, Scope, int], ...] = ()
    verbs: tuple[Verb, ...] = ()
    options: tuple[str, ...] = ()
    due_days: int | None = None
    on_deadline: OnDeadline = OnDeadline.WAIT
    reasoned: bool = False
    proof: bool = False

    def needs_reason(self, verb: Verb) -> bool:
        """Tell whether a decision takes a reason: what sends back, and what ends a project."""
        return verb in NEEDS_REASON or self.reasoned


@dataclass(frozen=True)
class Policy:
    """A rule bound to a project: the gate's seats, verbs and options, and the people excluded.

    ``excluded`` maps a person to the code of the reason: ``preparer`` or ``interest``.
    """

    seats: tuple[Seat, ...] = ()
    verbs: tuple[Verb, ...] = ()
    options: tuple[str, ...] = ()
    excluded: Mapping[UUID, str] = field(default_factory=dict)
    on_deadline: OnDeadline = OnDeadline.WAIT


class CastDecision(NamedTuple):
    """One decision as the rules see it; ``seat`` is the index of the seat it was made from."""

    person: UUID
    verb: Verb
    option: str | None
    seat: int


class Verdict(NamedTuple):
    """How a gate ended, with the option where the policy lists several."""

    outcome: Outcome
    option: str | None = None


EXCLUSIONS: Final[Mapping[str, Text]] = {
    "preparer": Text(
        "您准备了这份材料，须由他人决定。", "you prepared this, so somebody else decides it."
    ),
    "interest": Text(
        "您与参与揭榜的组织有利害关系。", "you have an interest in an organisation that bids."
    ),
}


def settle(policy: Policy, cast: Sequence[CastDecision]) -> Verdict | None:
    """Return how the gate ends by the decisions so far, or None while it waits.

    One return or rejection ends it. Approval, submission and mending need every seat filled, each
    by its number of different people; nobody counts twice.
    """
    for decision in cast:
        if decision.verb is Verb.RETURN:
            return Verdict(Outcome.RETURNED)
        if decision.verb is Verb.REJECT:
            return Verdict(Outcome.REJECTED)
    for index, seat in enumerate(policy.seats):
        if len({decision.person for decision in cast if decision.seat == index}) < seat.count:
            return None
    if not policy.seats:
        return None
    return Verdict(
        Outcome.APPROVED, next((decision.option for decision in cast if decision.option), None)
    )


def outcome_name(kind: GateKind, outcome: Outcome) -> Text:
    """Return what came of a gate as people say it: only an approval is approved."""
    done = outcome is Outcome.APPROVED and kind is not GateKind.APPROVAL
    return _DONE if done else OUTCOME_NAMES[outcome]


def begins_again(kind: GateKind, outcome: Outcome) -> bool:
    """Tell whether passing a gate begins the stage's next round by itself.

    A returned approval or notice has an effect of its own that does so, and more.
    """
    return outcome is Outcome.RETURNED and kind in (GateKind.REPAIR, GateKind.EVENT)


def free_seat(policy: Policy, cast: Sequence[CastDecision], admitted: Sequence[int]) -> int | None:
    """Return the first of the ``admitted`` seats that still wants people, or None."""
    for index in admitted:
        taken = len({decision.person for decision in cast if decision.seat == index})
        if taken < policy.seats[index].count:
            return index
    return None


def can_be_filled(seats: Sequence[tuple[int, Collection[UUID]]]) -> bool:
    """Tell whether different people can fill every seat.

    ``seats`` are (number of people that a seat wants, people who may sit there). Nobody sits twice,
    so it is a matching: a person is moved to another seat where that makes room.
    """
    places = [people for count, people in seats for _ in range(count)]
    sits: dict[UUID, int] = {}

    def seat(place: int, asked: set[UUID]) -> bool:
        for person in places[place]:
            if person in asked:
                continue
            asked.add(person)
            if person not in sits or seat(sits[person], asked):
                sits[person] = place
                return True
        return False

    return all(seat(place, set()) for place in range(len(places)))


def gate_key(stage: str, kind: GateKind, round_: int) -> str:
    """Return the name of a gate within its process: lower case, digits, hyphens."""
    return f"{stage}-{kind.value}-r{round_}"


def wake_key(stage: str, kind: GateKind, round_: int, wake: int) -> str:
    """Return the key under which Prefect holds one suspension of a gate."""
    return f"{gate_key(stage, kind, round_)}-w{wake}"


_KEY: Final = re.compile(r"^([a-z]+)-([a-z]+)-r(\d+)(?:-w(\d+))?$")


class GateKey(NamedTuple):
    """The parts of a gate's key, and of a wake key where ``wake`` is given."""

    stage: str
    kind: GateKind
    round: int
    wake: int | None


def parse_key(key: str) -> GateKey | None:
    """Return the parts of a gate's or wake's key; None where it is not ours (the UI's Suspend)."""
    if not (match := _KEY.match(key)):
        return None
    try:
        wake = int(match[4]) if match[4] else None
        return GateKey(match[1], GateKind(match[2]), int(match[3]), wake)
    except ValueError:
        return None


def effect_key(code: str, stage: str, step: str, round_: int) -> str:
    """Return the unique name of one effect of one process."""
    return f"{code}:{stage}:{step}:r{round_}"


def overdue(
    kind: GateKind, due_at: datetime | None, decided_at: datetime | None, at: datetime
) -> bool:
    """Tell whether a gate waits, or was decided, past its day.

    A timer that comes due is no delay: its day is when it ends.
    """
    return kind is not GateKind.TIMER and due_at is not None and (decided_at or at) >= due_at
