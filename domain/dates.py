"""Dates as people type them into a survey workbook."""

import re
from datetime import date, datetime, timedelta
from typing import Final

from domain.cells import half_width
from domain.errors import BadInput

_TIME: Final = (
    r"(?:[T\s]*(?:上午|下午|早上|晚上)?\s*\d{1,2}[:时点]\d{1,2}分?(?::\d{2}(?:\.\d+)?)?\s*"
    r"(?:Z|[AaPp][Mm]|[+-]\d{2}:?\d{2})?)?"
)
_FORMS: Final = (
    re.compile(rf"^(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}$", re.ASCII),
    re.compile(rf"^(\d{{4}})\s*年\s*(\d{{1,2}})\s*月\s*(\d{{1,2}})\s*[日号]?{_TIME}$", re.ASCII),
    re.compile(r"^(\d{4})(\d{2})(\d{2})$", re.ASCII),
)
_RANGE: Final = re.compile(
    r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*[日号]?\s*(?:[-—–~至到]|--)+\s*\d"
)
_DIGITS: Final = {char: str(value) for value, char in enumerate("〇一二三四五六七八九")} | {
    "零": "0"
}
_CHINESE: Final = re.compile(
    r"^([〇零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})[日号]?$"
)
_EXCEL_EPOCH: Final = date(1899, 12, 30)
_EXCEL_RANGE: Final = range(20_000, 80_000)
_EXCEL_DAY: Final = re.compile(r"^(\d{5})(?:\.\d+)?$")


def _chinese_number(text: str) -> int:
    """Return 1 to 99 written as 一, 十, 十二, 二十 or 二十三."""
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return int(_DIGITS[text])
    return (int(_DIGITS[tens]) if tens else 1) * 10 + (int(_DIGITS[ones]) if ones else 0)


def parse_date(value: object) -> date:
    """Return the date meant by ``value``.

    Understands a date or datetime, 2026-3-5 (also with / or . and with a time), 2026年3月5日,
    20260305, 二〇二六年三月五日 and the day numbers of Excel, in digits of either width. Raises
    BadInput with what to write instead, for a range of days too.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = half_width(str(value)).strip()
    try:
        if match := _CHINESE.match(text):
            year = int("".join(_DIGITS[char] for char in match[1]))
            return date(year, _chinese_number(match[2]), _chinese_number(match[3]))
        for form in _FORMS:
            if match := form.match(text):
                return date(int(match[1]), int(match[2]), int(match[3]))
        if (match := _EXCEL_DAY.match(text)) and int(match[1]) in _EXCEL_RANGE:
            return _EXCEL_EPOCH + timedelta(days=int(match[1]))
    except (ValueError, KeyError, OverflowError):
        pass
    if len(text) < 60 and _RANGE.search(text):
        raise BadInput(
            zh=f"“{text}”是一段日期，请只写一天，例如 2026-03-05。",
            en=f"{text!r} is a range of days; write one, as 2026-03-05.",
        )
    raise BadInput(
        zh=f"日期“{text}”无法识别，请写成 2026-03-05 或 2026年3月5日。",
        en=f"The date {text!r} is not understood; write it as 2026-03-05.",
    )
