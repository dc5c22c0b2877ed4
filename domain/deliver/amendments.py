"""Amendments of an agreement: which other dates, amounts and targets both sides may agree on.

Source: the district's rules, "Deliver"; the most by which the sum may grow is a setting (*default*
a tenth, as the law on government procurement has it for additions to a contract).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from domain.errors import BadInput
from domain.money import show
from domain.text import Text


class What(StrEnum):
    """What of an agreement changes: of a milestone its date or instalment, of an indicator its target."""

    DUE_ON = "due_on"
    AMOUNT = "amount"
    TARGET = "target"


WHAT_NAMES: Final[Mapping[What, Text]] = {
    What.DUE_ON: Text("期限", "date"),
    What.AMOUNT: Text("付款（元）", "instalment (yuan)"),
    What.TARGET: Text("目标值", "target"),
}


class Ending(StrEnum):
    """How a proposal ends that nobody decides: taken back, or declined by who was asked."""

    WITHDRAWN = "withdrawn"
    DECLINED = "declined"


ENDING_NAMES: Final[Mapping[Ending, Text]] = {
    Ending.WITHDRAWN: Text("已撤回", "withdrawn"),
    Ending.DECLINED: Text("接替的组织未同意", "declined by the organisation asked"),
}


@dataclass(frozen=True, slots=True)
class AgreementChange:
    """One change: ``number`` is the milestone's, or the indicator's place in the list, from 1."""

    what: What
    number: int
    before: str
    after: str


class Limits(NamedTuple):
    """What bounds an agreement's sum: the price that was awarded and what the award was held to.

    ``percent`` is by how much the sum may grow, ``ceiling`` the call's, ``second_above`` the
    amount above which an award takes a second approval; all in yuan but the first.
    """

    percent: Decimal
    awarded: Decimal
    ceiling: Decimal
    second_above: Decimal


def check_date(number: int, day: date, *, before: date, today: date, latest: date) -> None:
    """Raise BadInput unless a milestone's new date is another one, after today and not too far."""
    if not today < day <= latest or day == before:
        raise BadInput(
            zh=f"第 {number} 个里程碑的新期限须与原期限不同，晚于今天，不晚于 {latest}。",
            en=f"The new date of milestone {number} is another one, after today and by {latest}.",
        )


def check_sum(total: Decimal, limits: Limits) -> None:
    """Raise BadInput for a sum that an amendment may not reach.

    It grows by the percentage at most, keeps the call's ceiling, and does not go where the award
    would have taken a second approval that it did not have.
    """
    most = limits.awarded * (100 + limits.percent) / 100
    if total > most:
        raise BadInput(
            zh=f"变更后合计 {show(total)} 元，最多只能增加 {limits.percent}%，即 {show(most)} 元。",
            en=f"The sum of {show(total)} may grow by {limits.percent} % at most, to {show(most)}.",
        )
    if total > limits.ceiling:
        raise BadInput(
            zh=f"变更后合计 {show(total)} 元超过最高限价 {show(limits.ceiling)} 元。",
            en=f"The sum of {show(total)} exceeds the ceiling of {show(limits.ceiling)}.",
        )
    if limits.awarded <= limits.second_above < total:
        raise BadInput(
            zh=f"变更后合计 {show(total)} 元须第二人批准，不能以变更代替。",
            en=f"A sum of {show(total)} takes a second approval, which an amendment does not give.",
        )


def shares_of(amounts: Sequence[Decimal]) -> list[Decimal]:
    """Return each amount's share in percent, two decimals; together they are 100 exactly.

    Each is rounded down; the hundredths left over go to the first ones, as with ``money.split``.
    """
    total, cent = sum(amounts, Decimal(0)), Decimal("0.01")
    shares = [(amount * 100 / total).quantize(cent, ROUND_DOWN) for amount in amounts]
    left = int((100 - sum(shares)) / cent)
    return [share + cent * (number < left) for number, share in enumerate(shares)]
