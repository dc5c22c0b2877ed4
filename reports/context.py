"""What a closing report says, typed. HTML and PDF are made from the same context."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from domain.text import Lang, Text


@dataclass(frozen=True)
class Moment:
    """One entry of the history; ``at`` in Beijing time."""

    at: datetime
    what: Text
    detail: Text


@dataclass(frozen=True)
class ScoreLine:
    """One line of arithmetic: ``mean`` × ``weight`` % = ``points``."""

    name: Text
    mean: Decimal
    weight: Decimal
    points: Decimal
    answers: int | None = None


@dataclass(frozen=True)
class BidLine:
    """A bid as it was ranked; price in yuan. Of one that was not awarded ``bidder`` is its receipt,
    and its price is not told.
    """

    place: int
    bidder: str
    members: tuple[tuple[str, Decimal], ...]
    price: Decimal | None
    total: Decimal
    tie_break: Text | None


@dataclass(frozen=True)
class MilestoneLine:
    """A milestone with its instalment in yuan."""

    number: int
    title: str
    due: str
    accepted: str
    amount: Decimal
    evidence: int


@dataclass(frozen=True)
class IndicatorLine:
    """A measurable outcome and what the evidence counts."""

    name: str
    target: Decimal
    reached: Decimal | None
    unit: str
    adds: Text


@dataclass(frozen=True)
class StageLine:
    """How long a stage took, in days."""

    name: Text
    days: Decimal


@dataclass(frozen=True)
class ClosingReport:
    """Everything a closing report says of one project."""

    code: str
    title: str
    street: str
    community: str
    category: Text
    demo: bool
    needs: int
    supporters: int
    root_cause: str
    target_group: str
    beneficiaries: int
    budget: Decimal
    ceiling: Decimal
    amount: Decimal
    supplier: str
    award_total: Decimal
    opened_on: str
    closed_on: str
    history: tuple[Moment, ...]
    stages: tuple[StageLine, ...]
    bids: tuple[BidLine, ...]
    award_lines: tuple[ScoreLine, ...]
    milestones: tuple[MilestoneLine, ...]
    indicators: tuple[IndicatorLine, ...]
    parties: tuple[ScoreLine, ...]
    result: Decimal
    grade: Text
    spread: Decimal
    flagged: bool
    credit: tuple[tuple[str, Decimal], ...]
    audit_position: int
    audit_hash: str
    issued_on: str

    def said_in(self, lang: Lang) -> dict[str, Any]:
        """Return the report as plain values with every ``Text`` said in ``lang``."""
        spoken: dict[str, Any] = _say(
            {name: getattr(self, name) for name in self.__dataclass_fields__}, lang
        )
        return spoken


_SCORES: Final = frozenset({"mean", "points", "total", "result", "spread"})


def _say(value: object, lang: Lang, name: str = "") -> Any:
    if isinstance(value, Text):
        return value.zh if lang == "zh" else value.en
    if isinstance(value, dict):
        return {key: _say(one, lang, key) for key, one in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        return {key: _say(getattr(value, key), lang, key) for key in value.__dataclass_fields__}
    if isinstance(value, list | tuple):
        return [_say(one, lang) for one in value]
    if isinstance(value, Decimal) and name in _SCORES:
        return f"{value:.2f}"
    return value


__all__ = [
    "BidLine",
    "ClosingReport",
    "IndicatorLine",
    "MilestoneLine",
    "Moment",
    "ScoreLine",
    "StageLine",
]
