"""A suite is data: a query for its rows, and expectations with rule, sentences and severity."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from domain.text import Text


class Severity(StrEnum):
    """A critical failure stops the stage at a repair gate; a warning is shown and goes on."""

    CRITICAL = "critical"
    WARNING = "warning"


@dataclass(frozen=True)
class Check:
    """One expectation: ``expects`` names a class of Great Expectations, ``arguments`` fill it."""

    rule: str
    text: Text
    expects: str
    arguments: dict[str, Any]
    severity: Severity = Severity.CRITICAL


@dataclass(frozen=True)
class Suite:
    """The checks of a stage and the SQL for its frame.

    The SQL takes ``:process`` and ``:round`` and returns ``row_key``, which names a row to
    people, and the columns that the expectations read.
    """

    name: str
    sql: str
    checks: tuple[Check, ...]
    columns: tuple[str, ...] = field(default=())


def between(
    rule: str, text: Text, column: str, low: float | None, high: float | None = None, **more: Any
) -> Check:
    """Expect every value of ``column`` between ``low`` and ``high``, both included; never null."""
    return _check(
        rule,
        text,
        "ExpectColumnValuesToBeBetween",
        more,
        column=column,
        min_value=low,
        max_value=high,
    )


def present(rule: str, text: Text, column: str, **more: Any) -> Check:
    """Expect ``column`` to be filled in every row."""
    return _check(rule, text, "ExpectColumnValuesToNotBeNull", more, column=column)


def at_least(
    rule: str, text: Text, larger: str, smaller: str, *, strict: bool = False, **more: Any
) -> Check:
    """Expect ``larger`` ≥ ``smaller`` (or > when strict) wherever both are filled in."""
    return _check(
        rule,
        text,
        "ExpectColumnPairValuesAToBeGreaterThanB",
        more,
        column_A=larger,
        column_B=smaller,
        or_equal=not strict,
        ignore_row_if="either_value_is_missing",
    )


def rows(rule: str, text: Text, least: int, most: int | None = None) -> Check:
    """Expect between ``least`` and ``most`` rows, as an empty frame passes everything else."""
    return _check(rule, text, "ExpectTableRowCountToBeBetween", {}, min_value=least, max_value=most)


def contains(rule: str, text: Text, column: str, values: list[str], **more: Any) -> Check:
    """Expect every one of ``values`` somewhere in ``column``."""
    return _check(
        rule, text, "ExpectColumnDistinctValuesToContainSet", more, column=column, value_set=values
    )


def unique(rule: str, text: Text, *columns: str, **more: Any) -> Check:
    """Expect no two rows with the same values in ``columns``."""
    return _check(rule, text, "ExpectCompoundColumnsToBeUnique", more, column_list=list(columns))


def matches(rule: str, text: Text, column: str, regex: str, **more: Any) -> Check:
    """Expect every filled-in value of ``column`` to match ``regex``."""
    return _check(rule, text, "ExpectColumnValuesToMatchRegex", more, column=column, regex=regex)


def _check(rule: str, text: Text, expects: str, more: dict[str, Any], **arguments: Any) -> Check:
    return Check(rule, text, expects, arguments, more.get("severity", Severity.CRITICAL))
