"""What is sealed does not tell its length, and what was sealed before is still opened."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.cells import visible
from services.conduct.complaints import ComplaintCreate
from services.seal.padding import LEAST, pad, padded_length, unpad
from services.seal.sealing import new_pair, seal_content, seal_for, unseal


@given(st.integers(0, 50_000_000))
def test_padding_costs_little_and_tells_little(length: int) -> None:
    step = padded_length(length)
    assert step >= max(length, LEAST)
    assert step <= max(LEAST, length * 1.12 + 1)
    assert padded_length(step) == step


@given(st.binary(max_size=3000))
def test_what_was_padded_comes_back(content: bytes) -> None:
    assert unpad(pad(content)) == content


def test_a_short_bid_and_a_long_one_look_alike() -> None:
    sizes = {len(seal_content(b"x" * length, "a bid")[0]) for length in (1, 200, 3_000, 12_000)}
    assert len(sizes) == 1


def test_what_was_sealed_before_there_was_padding_is_opened() -> None:
    assert unpad(b'{"plan": "as before"}') == b'{"plan": "as before"}'
    private, public = new_pair()
    sealed = seal_for(b'{"price": 1}', {"call": public}, "a bid")
    assert unseal(sealed, "call", private, "a bid") == b'{"price": 1}'


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("\u202egnp.exe", "gnp.exe"),
        ("灯\u200b坏了", "灯坏了"),
        ("\ufeff标题", "标题"),
        ("a\u2066b\u2069c", "abc"),
        ("\u200b \u3164", ""),
        ("正常的标题，含 emoji 😀", "正常的标题，含 emoji 😀"),
    ],
)
def test_what_nobody_sees_is_no_part_of_a_text(typed: str, kept: str) -> None:
    assert visible(typed) == kept


def test_every_form_leaves_out_what_nobody_sees() -> None:
    complaint = ComplaintCreate.model_validate({"text": "\u202e说明情况\u200b的文字"})
    assert complaint.text == "说明情况的文字"
