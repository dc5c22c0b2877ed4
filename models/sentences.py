"""The error in a value, in a sentence that says what to do."""

from collections.abc import Mapping
from typing import Any, Final

from domain.text import Text

_SENTENCES: Final[Mapping[str, Text]] = {
    "missing": Text("请填写。", "Fill this in."),
    "string_too_short": Text(
        "太短了，至少 {min_length} 个字。", "Too short: at least {min_length} characters."
    ),
    "string_too_long": Text(
        "太长了，至多 {max_length} 个字。", "Too long: at most {max_length} characters."
    ),
    "too_short": Text("请至少填写一行。", "Fill in at least one row."),
    "greater_than": Text("须大于 {gt}。", "Must be more than {gt}."),
    "greater_than_equal": Text("须不小于 {ge}。", "Must be {ge} or more."),
    "less_than": Text("须小于 {lt}。", "Must be less than {lt}."),
    "less_than_equal": Text("须不大于 {le}。", "Must be {le} or less."),
    "decimal_max_places": Text(
        "至多 {decimal_places} 位小数。", "At most {decimal_places} decimals."
    ),
}
_BY_KIND: Final = (
    ("decimal", Text("请填写数字。", "Enter a number.")),
    ("int", Text("请填写整数。", "Enter a whole number.")),
    ("date", Text("请填写日期，如 2026-03-05。", "Enter a date, such as 2026-03-05.")),
    ("", Text("填写的内容无法识别。", "This is not understood.")),
)


def sentence(error: Any) -> Text:
    """Return what to do about one of pydantic's errors."""
    text = _SENTENCES.get(error["type"])
    if text is None:
        return next(text for kind, text in _BY_KIND if error["type"].startswith(kind))
    values = {name: value for name, value in error.get("ctx", {}).items()}
    return Text(text.zh.format(**values), text.en.format(**values))
