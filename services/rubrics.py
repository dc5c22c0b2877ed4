"""Questions that are asked by a rubric: a mark for each criterion."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from domain.questions import Mark
from domain.text import Text
from reports.words import CRITERIA, LEVELS


def rubric_marks(
    rubric: Mapping[str, Any], scale: tuple[tuple[int, Text], ...] = ()
) -> tuple[Mark, ...]:
    """Return a question for each criterion; one that a call invented is called as it stands there.

    Where marks are typed, its help says what 90, 75 and 60 mean.
    """
    return tuple(
        Mark(
            code=code,
            text=CRITERIA.get(code, Text(code, code)),
            weight=Decimal(weight),
            scale=scale,
            help=None if scale else LEVELS.get(code),
        )
        for code, weight in rubric.items()
    )
