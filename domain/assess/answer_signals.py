"""Signals in residents' answers that somebody should look at: shown, never a reason to drop one.

Source: the district's rules, 考榜; the measures are this module's.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from domain.text import Text

FEWEST: Final = 3
BURST: Final = 5
BURST_WITHIN: Final = timedelta(minutes=1)
# Shorter remarks are alike by themselves: "很好".
SHORTEST: Final = 6


class SignalKind(StrEnum):
    """The kind of a signal."""

    ONE_DEVICE = "one_device"
    SAME_TEXT = "same_text"
    BURST = "burst"


class AnswerSeen(NamedTuple):
    """An answer as the signals see it; ``device`` tells devices apart, and nothing else."""

    device: str | None
    text: str
    at: datetime


class Signal(NamedTuple):
    """A signal: its kind, the number of answers that show it, and its words."""

    kind: SignalKind
    answers: int
    text: Text


def signals(answers: Sequence[AnswerSeen]) -> tuple[Signal, ...]:
    """Return what residents' answers of one assessment show.

    Three answers or more from one device, three or more with the very same words (six characters
    at least, spaces and punctuation aside), and five or more within a minute.
    """
    raised = [
        Signal(
            SignalKind.ONE_DEVICE,
            many,
            Text(f"{many} 份居民答卷来自同一台设备", f"{many} residents’ answers from one device"),
        )
        for many in _shared(answers, lambda answer: answer.device)
    ]
    raised += [
        Signal(
            SignalKind.SAME_TEXT,
            many,
            Text(f"{many} 份居民答卷的留言相同", f"{many} residents’ answers with the same words"),
        )
        for many in _shared(answers, lambda answer: _plain(answer.text))
    ]
    if (many := _burst([answer.at for answer in answers])) >= BURST:
        text = Text(
            f"{many} 份居民答卷在一分钟内提交", f"{many} residents’ answers within a minute"
        )
        raised.append(Signal(SignalKind.BURST, many, text))
    return tuple(raised)


def _shared(answers: Sequence[AnswerSeen], what: Callable[[AnswerSeen], str | None]) -> list[int]:
    """Return how many answers share what they have, the most first."""
    count: dict[str, int] = defaultdict(int)
    for answer in answers:
        if trait := what(answer):
            count[trait] += 1
    return sorted((many for many in count.values() if many >= FEWEST), reverse=True)


def _plain(text: str) -> str | None:
    kept = "".join(character for character in text if character.isalnum()).casefold()
    return kept if len(kept) >= SHORTEST else None


def _burst(times: Sequence[datetime]) -> int:
    """Return the most answers that came within the time of a burst."""
    ordered, first, most = sorted(times), 0, 0
    for last, at in enumerate(ordered):
        while at - ordered[first] > BURST_WITHIN:
            first += 1
        most = max(most, last - first + 1)
    return most
