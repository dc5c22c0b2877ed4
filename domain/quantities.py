"""Numbers as they are typed: with a unit, with separators; those of people in 万, too."""

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Final

from domain.cells import half_width
from domain.errors import BadInput

_SHAPE: Final = re.compile(
    r"^约?\s*([0-9,]+(?:\.[0-9]+)?)\s*(万|千|百)?余?\s*(?:人次|人|户|位|名|个|次)?$"
)
_TIMES: Final = {None: 1, "百": 100, "千": 1_000, "万": 10_000}
MOST: Final = 1_000_000
# Separators stand between groups of three: 12 13 are two numbers, and 1,5 is not understood.
_GROUPED: Final = re.compile(r"[+-]?[0-9]{1,3}(?:[,_ ][0-9]{3})+(?:\.[0-9]*)?")
_SEPARATORS: Final = str.maketrans("", "", ",_ ")
_UNITS: Final = ("元", "%")


def plain_number(text: str, *units: str) -> str:
    """Return a number as machines read it, without separators and its unit; other text as it is."""
    number = half_width(unicodedata.normalize("NFKC", text)).strip()
    for unit in (*_UNITS, *units):
        number = number.removesuffix(unit).rstrip() if unit else number
    return number.translate(_SEPARATORS) if _GROUPED.fullmatch(number) else number


def parse_count(text: str) -> int:
    """Return the whole number of people meant: 12, 12人, 1,234, 3.0 and 9.5万 are understood.

    Raises BadInput, which says what to write, for anything else and for more than a million.
    """
    match = _SHAPE.match(half_width(text).strip())
    if match:
        try:
            value = Decimal(match[1].replace(",", "")) * _TIMES[match[2]]
        except InvalidOperation:
            value = Decimal(-1)
        if value == value.to_integral_value() and 0 <= value <= MOST:
            return int(value)
    raise BadInput(
        zh=f"人数“{text[:40]}”不是 0 到 {MOST} 的整数，请填写数字（公式不会被计算）。",
        en=f"{text[:40]!r} is no whole number of people from 0 to {MOST}; formulas are not evaluated.",
    )
