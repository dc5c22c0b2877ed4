"""What a closing report says, typed. HTML and PDF are made from the same context."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from domain.text import Lang, Text


@dataclass(frozen=True)
class ReportMoment:
    """One entry of the history; ``at`` in Beijing time."""

    at: datetime
    what: Text
    detail: Text


@dataclass(frozen=True)
class ReportScore:
    """One line of arithmetic: ``mean`` × ``weight`` % = ``points``."""

    name: Text
    mean: Decimal
    weight: Decimal
    points: Decimal
    answers: int | None = None


@dataclass(frozen=True)
class ReportBid:
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
    """A milestone: its instalment and what of it was earned, in yuan; ``accepted`` empty until it is."""

    number: int
    title: str
    due: str
    accepted: str
    amount: Decimal
    earned: Decimal
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
class RecordLine:
    """One thing that happened beside the ordinary course: when, what, its words, what came of it."""

    day: str
    what: Text
    detail: Text
    outcome: Text


@dataclass(frozen=True)
class RecordGroup:
    """Things of one kind, in their order."""

    name: Text
    lines: tuple[RecordLine, ...]


@dataclass(frozen=True)
class ClosingReport:
    """Everything a report says of one project that has ended; amounts in yuan.

    Parts that a project did not come to are None or empty. ``earned`` is the sum accepted and due.
    """

    name: Text
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
    beneficiaries: int | None
    budget: Decimal | None
    ceiling: Decimal | None
    amount: Decimal | None
    earned: Decimal
    supplier: str | None
    award_total: Decimal | None
    opened_on: str
    closed_on: str
    ended_because: str | None
    history: tuple[ReportMoment, ...]
    stages: tuple[StageLine, ...]
    bids: tuple[ReportBid, ...]
    award_lines: tuple[ReportScore, ...]
    milestones: tuple[MilestoneLine, ...]
    indicators: tuple[IndicatorLine, ...]
    parties: tuple[ReportScore, ...]
    result: Decimal | None
    grade: Text | None
    spread: Decimal | None
    flagged: bool
    records: tuple[RecordGroup, ...]
    audit_position: int
    audit_hash: str
    issued_on: str

    def said_in(self, lang: Lang) -> dict[str, Any]:
        """Return the report as plain values with every ``Text`` said in ``lang``."""
        spoken: dict[str, Any] = _say(
            {name: getattr(self, name) for name in self.__dataclass_fields__}, lang
        )
        return spoken


_SCORES: Final = frozenset({"mean", "points", "total", "result", "spread", "award_total"})


def _say(value: object, lang: Lang, name: str = "") -> Any:
    if isinstance(value, Text):
        return value.zh if lang == "zh" else value.en
    if isinstance(value, dict):
        return {key: _say(inner, lang, key) for key, inner in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        return {key: _say(getattr(value, key), lang, key) for key in value.__dataclass_fields__}
    if isinstance(value, list | tuple):
        return [_say(inner, lang) for inner in value]
    if isinstance(value, Decimal) and name in _SCORES:
        return f"{value:.2f}"
    return value


__all__ = [
    "ClosingReport",
    "IndicatorLine",
    "MilestoneLine",
    "RecordGroup",
    "RecordLine",
    "ReportBid",
    "ReportMoment",
    "ReportScore",
    "StageLine",
]
