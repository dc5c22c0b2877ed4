"""Red flags before an award: reasons to look again, never a verdict.

In the manner of the Open Contracting Partnership's indicators; each names what it rests on.
Source: the district's rules have none; the measures below are this module's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import combinations
from typing import Final, NamedTuple

from domain.money import show
from domain.text import Text

# Character runs two texts are compared by: it does for Chinese, which has no spaces.
_RUN: Final = 6
ALIKE: Final = Decimal("0.8")
NEAR_CEILING: Final = Decimal("0.995")
NEAR_THRESHOLD: Final = Decimal("0.95")
WINS_IN_A_ROW: Final = 3


class FlagKind(StrEnum):
    """The kind of a flag."""

    SINGLE_BID = "single_bid"
    IDENTICAL_PRICE = "identical_price"
    SIMILAR_TEXT = "similar_text"
    SHARED_REPRESENTATIVE = "shared_representative"
    NEAR_CEILING = "near_ceiling"
    UNDER_THRESHOLD = "under_threshold"
    SHORT_WINDOW = "short_window"
    LOWEST_EXCLUDED = "lowest_excluded"
    ALWAYS_WINS = "always_wins"


@dataclass(frozen=True)
class BidSeen:
    """An opened bid as the indicators see it; ``representatives`` act for its members by law."""

    receipt: str
    lead: str
    price: Decimal
    text: str
    representatives: frozenset[str]


@dataclass(frozen=True)
class AwardSeen:
    """An intended award: its bids, the first of them the winner's, and what it is measured by.

    Amounts in yuan; ``window`` and ``usual_window`` in working days; ``excluded`` are the prices
    of opened bids that are out; ``before`` are the leads of the street's last awards, the newest
    first.
    """

    bids: Sequence[BidSeen]
    ceiling: Decimal
    threshold: Decimal
    window: int
    usual_window: int
    excluded: Mapping[str, Decimal]
    before: Sequence[str]


class Flag(NamedTuple):
    """One flag, the sentence with its data, and the receipts it is about."""

    kind: FlagKind
    text: Text
    receipts: tuple[str, ...] = ()


def likeness(first: str, other: str) -> Decimal:
    """Return how much of the shorter text's runs of six characters the longer has, 0 to 1."""
    sets = [
        {text[at : at + _RUN] for at in range(len(text) - _RUN + 1)}
        for text in ("".join(first.split()), "".join(other.split()))
    ]
    least = min(len(runs) for runs in sets)
    return Decimal(len(sets[0] & sets[1])) / least if least else Decimal(0)


def red_flags(award: AwardSeen) -> list[Flag]:
    """Return the flags to look at before the award, in a fixed order."""
    return [*_of_pairs(award.bids), *_of_winner(award), *_of_process(award)]


def _of_pairs(bids: Sequence[BidSeen]) -> list[Flag]:
    flags = []
    for first, other in combinations(sorted(bids, key=lambda bid: bid.receipt), 2):
        both = (first.receipt, other.receipt)
        names = f"{first.receipt}、{other.receipt}", f"{first.receipt} and {other.receipt}"
        if first.price == other.price:
            flags.append(
                Flag(
                    FlagKind.IDENTICAL_PRICE,
                    Text(
                        f"{names[0]} 报价相同：{show(first.price)} 元",
                        f"{names[1]} ask the same price: {show(first.price)} yuan",
                    ),
                    both,
                )
            )
        if (alike := likeness(first.text, other.text)) >= ALIKE:
            flags.append(
                Flag(
                    FlagKind.SIMILAR_TEXT,
                    Text(
                        f"{names[0]} 方案文字 {alike:.0%} 雷同",
                        f"{names[1]} share {alike:.0%} of their text",
                    ),
                    both,
                )
            )
        if shared := first.representatives & other.representatives:
            flags.append(
                Flag(
                    FlagKind.SHARED_REPRESENTATIVE,
                    Text(
                        f"{names[0]} 的成员有 {len(shared)} 名相同的法定代表人",
                        f"members of {names[1]} share {len(shared)} legal representatives",
                    ),
                    both,
                )
            )
    return flags


def _of_winner(award: AwardSeen) -> list[Flag]:
    winner, flags = award.bids[0], []
    own = (winner.receipt,)
    if winner.price >= award.ceiling * NEAR_CEILING:
        flags.append(
            Flag(
                FlagKind.NEAR_CEILING,
                Text(
                    f"拟承榜报价 {show(winner.price)} 元几乎等于最高限价 {show(award.ceiling)} 元",
                    f"the price {show(winner.price)} is all but the ceiling {show(award.ceiling)}",
                ),
                own,
            )
        )
    if award.threshold * NEAR_THRESHOLD <= winner.price <= award.threshold:
        flags.append(
            Flag(
                FlagKind.UNDER_THRESHOLD,
                Text(
                    f"拟承榜报价 {show(winner.price)} 元略低于须第二人批准的"
                    f" {show(award.threshold)} 元",
                    f"the price {show(winner.price)} lies just under {show(award.threshold)}, above"
                    " which a second approval is due",
                ),
                own,
            )
        )
    lower = {receipt: price for receipt, price in award.excluded.items() if price < winner.price}
    if lower:
        receipt, price = min(lower.items(), key=lambda item: (item[1], item[0]))
        flags.append(
            Flag(
                FlagKind.LOWEST_EXCLUDED,
                Text(
                    f"被排除的 {receipt} 报价更低：{show(price)} 元",
                    f"{receipt}, which is excluded, asked less: {show(price)} yuan",
                ),
                (receipt,),
            )
        )
    last = award.before[:WINS_IN_A_ROW]
    if len(last) == WINS_IN_A_ROW and set(last) == {winner.lead}:
        flags.append(
            Flag(
                FlagKind.ALWAYS_WINS,
                Text(
                    f"{winner.lead} 已连续承接本街道最近 {WINS_IN_A_ROW} 个项目",
                    f"{winner.lead} won the last {WINS_IN_A_ROW} awards of this street",
                ),
                own,
            )
        )
    return flags


def _of_process(award: AwardSeen) -> list[Flag]:
    flags = []
    if len(award.bids) == 1:
        flags.append(
            Flag(
                FlagKind.SINGLE_BID,
                Text("只有一份意向书参评", "only one bid is before the panel"),
                (award.bids[0].receipt,),
            )
        )
    if award.window < award.usual_window:
        flags.append(
            Flag(
                FlagKind.SHORT_WINDOW,
                Text(
                    f"揭榜期只有 {award.window} 个工作日，通常为 {award.usual_window} 个",
                    f"the bid window was {award.window} working days, {award.usual_window} are"
                    " usual",
                ),
            )
        )
    return flags
