"""How an indicator adds up over the reports about it. Source: the district's rules, 成果指标."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from domain.text import Text

_CENT: Final = Decimal("0.01")
_PERCENT: Final = frozenset({"%", "％"})


class Adds(StrEnum):
    """How the quantities of several reports make one."""

    PERIOD = "period"
    CUMULATIVE = "cumulative"
    LAST = "last"
    MEAN = "mean"
    MAXIMUM = "maximum"


ADDS_NAMES: Final = {
    Adds.PERIOD: Text("各期相加", "periods are added up"),
    Adds.CUMULATIVE: Text("累计数，取最新", "a running total, the newest counts"),
    Adds.LAST: Text("取最后一次", "the last one counts"),
    Adds.MEAN: Text("加权平均", "the weighted mean counts"),
    Adds.MAXIMUM: Text("取最大值", "the largest counts"),
}


class ReportedQuantity(NamedTuple):
    """A quantity that was reported, in the order of the reports; ``weight`` counts for the mean."""

    quantity: Decimal
    weight: Decimal = Decimal(1)


def usual(unit: str) -> Adds:
    """Return how an indicator of this unit adds up where nobody has chosen."""
    return Adds.LAST if unit.strip() in _PERCENT else Adds.PERIOD


def total(adds: Adds, counted: Sequence[ReportedQuantity]) -> Decimal | None:
    """Return what the reports amount to, None where nothing was reported.

    A mean is rounded half up to two decimals; everything else is exact.
    """
    if not counted:
        return None
    quantities = [reported.quantity for reported in counted]
    if adds is Adds.PERIOD:
        return sum(quantities, Decimal(0))
    if adds is Adds.MAXIMUM:
        return max(quantities)
    if adds is Adds.MEAN:
        weights = sum((reported.weight for reported in counted), Decimal(0))
        if not weights:
            return None
        weighted = sum((reported.quantity * reported.weight for reported in counted), Decimal(0))
        return (weighted / weights).quantize(_CENT, ROUND_HALF_UP)
    return quantities[-1]


def met(adds: Adds, counted: Sequence[ReportedQuantity], target: Decimal) -> bool:
    """Tell whether the reports reach the target; nothing reported reaches none."""
    reached = total(adds, counted)
    return reached is not None and reached >= target
