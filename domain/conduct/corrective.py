"""Corrective action: finding, plan, recheck; a fault that stays is escalated, and may end in exit.

Source: the district's rules, "Deliver" and "Intervention and exit".
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain import states
from domain.lifecycle import Stage
from domain.text import Text


class CorrectiveStatus(StrEnum):
    """Where a corrective action stands."""

    CORRECTING = "correcting"
    RECHECKING = "rechecking"
    INTERVENING = "intervening"
    TERMINATING = "terminating"
    EXITING = "exiting"
    HEALED = "healed"
    EXITED = "exited"


class CorrectiveMove(StrEnum):
    """What moves a corrective action."""

    ACCEPT_PLAN = "accept_plan"
    HEAL = "heal"
    ESCALATE = "escalate"
    RECOVER = "recover"
    GIVE_UP = "give_up"
    SPARE = "spare"
    TERMINATE = "terminate"
    HAND_OVER = "hand_over"


class Cause(StrEnum):
    """What a finding rests on."""

    COMPLAINT = "complaint"
    LATE_MILESTONE = "late_milestone"
    VISIT = "visit"


class NoteKind(StrEnum):
    """What is written at a step."""

    PLAN = "plan"
    CORRECTION = "correction"
    GUIDANCE = "guidance"
    RECOVERY = "recovery"
    REPLY = "reply"
    HAND_OVER = "hand_over"
    HAND_OVER_CONFIRMED = "hand_over_confirmed"


NOTE_NAMES: Final[Mapping[NoteKind, Text]] = {
    NoteKind.PLAN: Text("整改方案", "plan of correction"),
    NoteKind.CORRECTION: Text("整改报告", "report of the correction"),
    NoteKind.GUIDANCE: Text("干预指导", "guidance"),
    NoteKind.RECOVERY: Text("恢复情况", "report of the recovery"),
    NoteKind.REPLY: Text("陈述申辩", "reply"),
    NoteKind.HAND_OVER: Text("交接记录", "hand-over"),
    NoteKind.HAND_OVER_CONFIRMED: Text("交接确认", "confirmation of the hand-over"),
}

CAUSE_NAMES: Final[Mapping[Cause, Text]] = {
    Cause.COMPLAINT: Text("投诉属实", "an upheld complaint"),
    Cause.LATE_MILESTONE: Text("里程碑逾期", "a late milestone"),
    Cause.VISIT: Text("走访发现", "found on a visit"),
}

TRANSITIONS: Final[Mapping[tuple[CorrectiveStatus, CorrectiveMove], CorrectiveStatus]] = {
    (CorrectiveStatus.CORRECTING, CorrectiveMove.ACCEPT_PLAN): CorrectiveStatus.RECHECKING,
    (CorrectiveStatus.CORRECTING, CorrectiveMove.ESCALATE): CorrectiveStatus.INTERVENING,
    (CorrectiveStatus.RECHECKING, CorrectiveMove.HEAL): CorrectiveStatus.HEALED,
    (CorrectiveStatus.RECHECKING, CorrectiveMove.ESCALATE): CorrectiveStatus.INTERVENING,
    (CorrectiveStatus.INTERVENING, CorrectiveMove.RECOVER): CorrectiveStatus.HEALED,
    (CorrectiveStatus.INTERVENING, CorrectiveMove.GIVE_UP): CorrectiveStatus.TERMINATING,
    (CorrectiveStatus.TERMINATING, CorrectiveMove.SPARE): CorrectiveStatus.INTERVENING,
    (CorrectiveStatus.TERMINATING, CorrectiveMove.TERMINATE): CorrectiveStatus.EXITING,
    (CorrectiveStatus.EXITING, CorrectiveMove.HAND_OVER): CorrectiveStatus.EXITED,
}

STAGE_OF: Final[Mapping[CorrectiveStatus, Stage]] = {
    CorrectiveStatus.CORRECTING: Stage.CORRECT,
    CorrectiveStatus.RECHECKING: Stage.RECHECK,
    CorrectiveStatus.INTERVENING: Stage.INTERVENE,
    CorrectiveStatus.TERMINATING: Stage.TERMINATE,
    CorrectiveStatus.EXITING: Stage.EXIT,
}

CORRECTIVE_NAMES: Final[Mapping[CorrectiveStatus, Text]] = {
    CorrectiveStatus.CORRECTING: Text("整改中", "correcting"),
    CorrectiveStatus.RECHECKING: Text("待复查", "to be rechecked"),
    CorrectiveStatus.INTERVENING: Text("干预指导", "under intervention"),
    CorrectiveStatus.TERMINATING: Text("拟终止", "termination under decision"),
    CorrectiveStatus.EXITING: Text("退出交接", "handing over"),
    CorrectiveStatus.HEALED: Text("已整改", "healed"),
    CorrectiveStatus.EXITED: Text("已退出", "exited"),
}

# While one of these lasts, the organisation takes on nothing new.
NOT_ABLE: Final = frozenset(
    {CorrectiveStatus.INTERVENING, CorrectiveStatus.TERMINATING, CorrectiveStatus.EXITING}
)


def advance(status: CorrectiveStatus, move: CorrectiveMove) -> CorrectiveStatus:
    """Return the next status; raise TransitionNotAllowed where there is none."""
    return states.advance(TRANSITIONS, status, move, CORRECTIVE_NAMES)
