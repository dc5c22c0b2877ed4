"""Scores and their arithmetic, exact in decimals and shown line by line.

Sources: the district's rules, 评榜, 承榜 and 考榜.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final, Literal, NamedTuple, get_args
from uuid import UUID

from domain.errors import BadInput, Refused
from domain.text import Text

HUNDREDTH = Decimal("0.01")
TRIM_FROM = 5
# The codes of questions that may stand beside the criteria of a rubric.
BESIDE: Final = frozenset({"remark", "words"})
FEWEST_SHEETS = 3
PanelParty = Literal["street_community", "departments", "experts"]
PANEL_PARTIES: Final = get_args(PanelParty)

PANEL_PARTY_NAMES = {
    "street_community": Text("街道社区", "street and community"),
    "departments": Text("职能部门", "departments"),
    "experts": Text("专家", "experts"),
}

Marks = Mapping[str, Decimal]


class Party(StrEnum):
    """The four parties of an assessment."""

    PARTY_ORGANISATIONS = "party_organisations"
    RESIDENTS = "residents"
    DEPARTMENTS = "departments"
    EXPERTS = "experts"


PARTY_NAMES = {
    Party.PARTY_ORGANISATIONS: Text("街道社区党组织", "Party organisations"),
    Party.RESIDENTS: Text("居民", "residents"),
    Party.DEPARTMENTS: Text("职能部门", "departments"),
    Party.EXPERTS: Text("专家", "experts"),
}

TIE_NAMES: Final = {
    "price_quality": Text("性价比", "price-quality ratio"),
    "credit": Text("信用分", "credit"),
    "draw": Text("公开抽签", "the published draw"),
}

# Their weights together are at least 50. Source: the district's rules, "Assess".
LEADING_PARTIES = (Party.PARTY_ORGANISATIONS, Party.RESIDENTS)


class PartyMissing(Refused):
    """A party has fewer responses than its minimum; the result is never re-weighted."""

    code = "party-missing"
    text = Text(
        "{party_zh}的评价不足：需要{minimum}份，现有{count}份。",
        "Too few responses by {party_en}: {minimum} needed, {count} in.",
    )


def _two(value: Decimal) -> Decimal:
    return value.quantize(HUNDREDTH, rounding=ROUND_HALF_UP)


def shown_points(points: Iterable[Decimal | str], total: Decimal | str) -> list[Decimal]:
    """Return points to two decimals that add up to the total as it is shown.

    Each is rounded down, and the hundredths that are left go to those that lost the most.
    """
    exact = [Decimal(point) for point in points]
    shown = [point.quantize(HUNDREDTH, rounding=ROUND_DOWN) for point in exact]
    left = int((_two(Decimal(total)) - sum(shown, Decimal(0))) / HUNDREDTH)
    lost = sorted(range(len(exact)), key=lambda at: (shown[at] - exact[at], at))
    for at in lost[: max(0, left)]:
        shown[at] += HUNDREDTH
    return shown


def mean(values: Sequence[Decimal]) -> Decimal:
    """Return the arithmetic mean, unrounded."""
    return sum(values, Decimal(0)) / len(values)


def trimmed_mean(values: Sequence[Decimal], *, trim: bool) -> Decimal:
    """Return the mean, without one highest and one lowest value where ``trim`` says so."""
    if not trim:
        return mean(values)
    if len(values) < FEWEST_SHEETS:
        raise ValueError("a trimmed mean needs three values or more")
    return mean(sorted(values)[1:-1])


def check_rubric(rubric: Mapping[str, Decimal]) -> None:
    """Raise BadInput unless the weights are positive and sum to 100, and each name can be a field."""
    if wrong := sorted(name for name in rubric if "." in name or name in BESIDE):
        raise BadInput(
            zh=f"评分项不能叫“{wrong[0]}”，请换一个名称。",
            en=f"A criterion cannot be called {wrong[0]!r}; give it another name.",
        )
    total = sum(rubric.values(), Decimal(0))
    if total != 100 or any(weight <= 0 for weight in rubric.values()):
        raise BadInput(
            zh=f"评分标准各项权重须为正且合计为 100，现为 {total}。",
            en=f"The rubric's weights must be positive and sum to 100; they sum to {total}.",
        )


class ScoreLine(NamedTuple):
    """One line of arithmetic: mean of a criterion, its weight in percent, and the points."""

    criterion: str
    mean: Decimal
    weight: Decimal
    points: Decimal
    answers: int


@dataclass(frozen=True)
class Total:
    """A weighted total, 0 to 100 with two decimals, and the lines that make it."""

    value: Decimal
    lines: tuple[ScoreLine, ...]


def weighted_total(
    rubric: Mapping[str, Decimal], sheets: Sequence[Marks], *, trim: bool = False
) -> Total:
    """Return the weighted total of score sheets under a rubric.

    Per criterion the (trimmed) mean of all sheets, rounded to two decimals; points are mean times
    weight over 100, unrounded; only the total is rounded again.
    """
    lines = []
    for criterion, weight in rubric.items():
        values = [sheet[criterion] for sheet in sheets]
        average = _two(trimmed_mean(values, trim=trim))
        lines.append(ScoreLine(criterion, average, weight, average * weight / 100, len(values)))
    return Total(_two(sum((line.points for line in lines), Decimal(0))), tuple(lines))


class Alarm(NamedTuple):
    """Marks of one bid's criterion that lie too far apart: the lowest and highest that count."""

    bid: UUID
    criterion: str
    lowest: Decimal
    highest: Decimal


def alarms(
    sheets: Mapping[UUID, Sequence[Marks]], *, trim: bool, limit: Decimal
) -> tuple[Alarm, ...]:
    """Return where the marks that count lie more than ``limit`` points apart.

    Marks 0 to 100 by bid; marks that the trimmed mean leaves out raise no alarm. Marks apart are
    talked over in a meeting before the bids are ranked: nobody has to change theirs, and a member
    who does says why. Source: the district's rules, "Award".
    """
    raised = []
    for bid, marks in sheets.items():
        for criterion in marks[0] if marks else ():
            values = sorted(sheet[criterion] for sheet in marks)
            count = values[1:-1] if trim and len(values) >= FEWEST_SHEETS else values
            if count[-1] - count[0] > limit:
                raised.append(Alarm(bid, criterion, count[0], count[-1]))
    return tuple(raised)


class Entry(NamedTuple):
    """A bid as the ranking sees it: its total, price in yuan and its bidder's credit."""

    bid: UUID
    total: Decimal
    price: Decimal
    credit: Decimal


class Ranked(NamedTuple):
    """A bid's place, and what broke a tie with the one before: ratio, credit, draw or nothing."""

    place: int
    entry: Entry
    tie_break: str | None


def draw(seed: str, bid: UUID) -> str:
    """Return the lot of ``bid`` in the draw seeded by the opening record; the lower lot wins."""
    return hashlib.sha256(f"{seed}:{bid}".encode()).hexdigest()


def rank(entries: Sequence[Entry], *, seed: str) -> list[Ranked]:
    """Rank bids by total; ties by points per yuan, then credit, then the published draw."""

    def keys(entry: Entry) -> tuple[Decimal, Decimal, Decimal, str]:
        return (-entry.total, -entry.total / entry.price, -entry.credit, draw(seed, entry.bid))

    ordered = sorted(entries, key=keys)
    ranked: list[Ranked] = []
    for place, entry in enumerate(ordered, start=1):
        broken = None
        if ranked and ranked[-1].entry.total == entry.total:
            before = keys(ranked[-1].entry)
            names = ("total", "price_quality", "credit", "draw")
            broken = next(
                name for name, a, b in zip(names, before, keys(entry), strict=True) if a != b
            )
        ranked.append(Ranked(place, entry, broken))
    return ranked


@dataclass(frozen=True)
class PartyRule:
    """A party's weight in percent, its minimum of responses and its rubric."""

    weight: Decimal
    minimum: int
    rubric: Mapping[str, Decimal]


class PartyResult(NamedTuple):
    """A party's mean, its weight and points, and how many answered."""

    party: Party
    total: Total
    weight: Decimal
    points: Decimal
    answers: int


@dataclass(frozen=True)
class Assessment:
    """The result of a four-party assessment, 0 to 100, with its grade and its spread."""

    value: Decimal
    grade: str
    spread: Decimal
    flagged: bool
    parties: tuple[PartyResult, ...]


def check_parties(rules: Mapping[Party, PartyRule]) -> None:
    """Raise BadInput unless all four parties are weighted to 100 and the leading two have 50."""
    total = sum((rule.weight for rule in rules.values()), Decimal(0))
    leading = sum(
        (rules[p].weight for p in (Party.PARTY_ORGANISATIONS, Party.RESIDENTS) if p in rules),
        Decimal(0),
    )
    if set(rules) != set(Party) or total != 100 or leading < 50:
        raise BadInput(
            zh="四方权重须合计 100，且党组织与居民合计不低于 50。",
            en="The four weights must sum to 100, Party organisations and residents to 50 or more.",
        )


def grade_of(value: Decimal, thresholds: Mapping[str, Decimal]) -> str:
    """Return the first grade whose threshold ``value`` reaches, else ``fail``."""
    ordered = sorted(thresholds.items(), key=lambda item: -item[1])
    return next((grade for grade, least in ordered if value >= least), "fail")


def assess(
    rules: Mapping[Party, PartyRule],
    sheets: Mapping[Party, Sequence[Marks]],
    *,
    thresholds: Mapping[str, Decimal],
    spread_limit: Decimal,
) -> Assessment:
    """Return the four-party result; raise PartyMissing rather than re-weight."""
    check_parties(rules)
    results = []
    for party in Party:
        rule, answers = rules[party], sheets.get(party, ())
        if len(answers) < rule.minimum:
            raise PartyMissing(
                party_zh=PARTY_NAMES[party].zh,
                party_en=PARTY_NAMES[party].en,
                minimum=rule.minimum,
                count=len(answers),
            )
        total = weighted_total(rule.rubric, answers)
        points = total.value * rule.weight / 100
        results.append(PartyResult(party, total, rule.weight, points, len(answers)))
    value = _two(sum((result.points for result in results), Decimal(0)))
    means = [result.total.value for result in results]
    spread = max(means) - min(means)
    return Assessment(
        value, grade_of(value, thresholds), spread, spread > spread_limit, tuple(results)
    )
