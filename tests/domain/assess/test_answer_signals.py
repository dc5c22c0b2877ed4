"""Signals in residents' answers."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.assess.answer_signals import AnswerSeen, SignalKind, signals

NOON = datetime(2026, 5, 6, 4, tzinfo=UTC)


def seen(device: str | None = None, text: str = "", minutes: float = 0) -> AnswerSeen:
    return AnswerSeen(device, text, NOON + timedelta(minutes=minutes))


def kinds(*answers: AnswerSeen) -> list[tuple[SignalKind, int]]:
    return [(signal.kind, signal.answers) for signal in signals(answers)]


def test_three_answers_from_one_device_are_a_signal_and_two_are_a_couple() -> None:
    assert kinds(seen("a"), seen("a", minutes=9), seen("b", minutes=20)) == []
    many = [seen("a", minutes=10 * n) for n in range(3)]
    assert kinds(*many, seen("b")) == [(SignalKind.ONE_DEVICE, 3)]


def test_the_same_words_are_a_signal_however_they_are_spaced_and_short_ones_are_not() -> None:
    words = ("服务人员很热心！", "服务人员 很热心", "服务人员很热心。")
    assert kinds(*(seen(text=text, minutes=10 * n) for n, text in enumerate(words))) == [
        (SignalKind.SAME_TEXT, 3)
    ]
    assert kinds(*(seen(text="很好", minutes=10 * n) for n in range(4))) == []


def test_five_answers_within_a_minute_are_a_signal() -> None:
    assert kinds(*(seen(minutes=n / 4) for n in range(5))) == [(SignalKind.BURST, 5)]
    assert kinds(*(seen(minutes=n / 3) for n in range(5))) == []


@given(
    st.lists(
        st.builds(
            seen,
            st.sampled_from([None, "a", "b"]),
            st.sampled_from(["", "服务人员很热心", "每天都准时送到"]),
            st.integers(0, 30),
        ),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_answers_does_not_matter(answers: list[AnswerSeen], random: st.DrawFn) -> None:
    mixed = list(answers)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert kinds(*answers) == kinds(*mixed)
