"""Acceptance of a milestone: what a verdict pays, and what of it the dates put in doubt.

Source: the district's rules, "Deliver" and "Money and procedure": a milestone accepted in part pays
the accepted share of its indicators; the rest waits for one resubmission.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from domain.errors import FieldsWrong
from domain.text import Text

_CENT: Final = Decimal("0.01")
_WHOLE: Final = Decimal(100)
# Reported so long before its date, a milestone is asked about.
EARLY: Final = timedelta(days=60)


class AcceptanceVerdict(StrEnum):
    """What the buyer says of a reported milestone."""

    ACCEPTED = "accepted"
    IN_PART = "in_part"
    SENT_BACK = "sent_back"


class MilestoneState(StrEnum):
    """Where a milestone stands."""

    AHEAD = "ahead"
    REPORTED = "reported"
    IN_PART = "in_part"
    SENT_BACK = "sent_back"
    ACCEPTED = "accepted"


MILESTONE_STATES: Final = {
    MilestoneState.AHEAD: Text("未报告", "not reported"),
    MilestoneState.REPORTED: Text("待验收", "to be accepted"),
    MilestoneState.IN_PART: Text("部分通过，待补充", "accepted in part, the rest is awaited"),
    MilestoneState.SENT_BACK: Text("已退回，待补充", "sent back, more is awaited"),
    MilestoneState.ACCEPTED: Text("已验收", "accepted"),
}


def state_of(
    *, is_accepted: bool, is_reported: bool, verdict: AcceptanceVerdict | None
) -> MilestoneState:
    """Return where a milestone stands; ``verdict`` is the last one on it."""
    if is_accepted:
        return MilestoneState.ACCEPTED
    if is_reported:
        return MilestoneState.REPORTED
    return MilestoneState(verdict) if verdict else MilestoneState.AHEAD


class Instalment(NamedTuple):
    """A milestone's instalment and what of it is accepted so far, in yuan.

    ``resubmitted``: a part was accepted before, so this verdict is the last one.
    """

    amount: Decimal
    accepted: Decimal
    resubmitted: bool


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a verdict makes of a milestone: the share in percent, yuan accepted in all, whether it ends."""

    share: Decimal
    amount: Decimal
    ends: bool


def accept(
    verdict: AcceptanceVerdict, shares: Sequence[Decimal], instalment: Instalment, remark: str
) -> Accepted:
    """Return what a verdict makes of a reported milestone.

    ``shares`` are the accepted percentages of its indicators, 0 to 100 each; what is paid is their
    plain mean of the instalment, to the cent, half up. Raises FieldsWrong, by the fields of
    ``verdict``, ``shares`` and ``remark``.
    """
    if verdict is not AcceptanceVerdict.ACCEPTED and not remark:
        raise FieldsWrong(
            {"remark": Text("请写明要补充什么，组织会看到。", "Say what is missing; they read it.")}
        )
    whole = all(share == _WHOLE for share in shares)
    match verdict:
        case AcceptanceVerdict.ACCEPTED:
            if not whole:
                raise FieldsWrong({"verdict": _NOT_WHOLE})
            return Accepted(_WHOLE, instalment.amount, ends=True)
        case AcceptanceVerdict.SENT_BACK:
            if instalment.resubmitted:
                raise FieldsWrong({"verdict": _LAST})
            return Accepted(Decimal(0), Decimal(0), ends=False)
        case AcceptanceVerdict.IN_PART:
            return _in_part(shares, instalment, whole=whole)


def _in_part(shares: Sequence[Decimal], instalment: Instalment, *, whole: bool) -> Accepted:
    if whole:
        raise FieldsWrong({"verdict": _WHOLE_IN_PART})
    share = (sum(shares, Decimal(0)) / len(shares)).quantize(_CENT, ROUND_HALF_UP)
    amount = (instalment.amount * sum(shares, Decimal(0)) / (100 * len(shares))).quantize(
        _CENT, ROUND_HALF_UP
    )
    if not amount and not instalment.resubmitted:
        raise FieldsWrong({"verdict": _NOTHING})
    if amount < instalment.accepted:
        raise FieldsWrong({"verdict": _LESS})
    return Accepted(share, amount, ends=instalment.resubmitted)


_NOT_WHOLE: Final = Text(
    "有指标没有全部接受，请选“部分通过”。", "An indicator is not accepted in full: accept in part."
)
_WHOLE_IN_PART: Final = Text(
    "各项指标都全部接受，请选“通过”，或调低未完成指标的接受比例。",
    "Every indicator is accepted in full: accept, or lower the share of what is missing.",
)
_NOTHING: Final = Text(
    "没有接受任何指标，请选“退回”。", "Nothing of any indicator is accepted: send it back."
)
_LESS: Final = Text(
    "接受的比例不能低于上次，已经通过的部分不能收回。",
    "The share is lower than before; what was accepted stays accepted.",
)
_LAST: Final = Text(
    "补充只有一次，请选“通过”，或选“部分通过”确定最终比例。",
    "The rest is resubmitted once: accept it, or accept in part, which is final.",
)


class Doubt(StrEnum):
    """What about the day of a report is asked about."""

    BEFORE_PERIOD = "before_period"
    AFTER_PERIOD = "after_period"
    EARLY = "early"


DOUBTS: Final = {
    Doubt.BEFORE_PERIOD: Text("实施期开始之前报告", "reported before delivery begins"),
    Doubt.AFTER_PERIOD: Text("实施期结束之后报告", "reported after delivery has ended"),
    Doubt.EARLY: Text("比约定期限早两个月以上", "reported over two months before it is due"),
}


def doubts_about(
    reported_on: date, *, due_on: date, delivery_from: date, delivery_until: date
) -> tuple[Doubt, ...]:
    """Return what the day of a report puts in doubt; outside the period nothing can be delivered."""
    doubts = []
    if reported_on < delivery_from:
        doubts.append(Doubt.BEFORE_PERIOD)
    if reported_on > delivery_until:
        doubts.append(Doubt.AFTER_PERIOD)
    if due_on - reported_on > EARLY:
        doubts.append(Doubt.EARLY)
    return tuple(doubts)
