"""A figure: a value with its unit, its target, and the raw times behind it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One line of the results; ``limit`` is the target, ``at_most`` says from which side."""

    name: str
    value: float
    unit: str
    limit: float
    at_most: bool
    raw: list[float] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Tell whether the target is met."""
        return self.value <= self.limit if self.at_most else self.value >= self.limit

    @property
    def target(self) -> str:
        """Return the target as people read it."""
        return f"{'≤' if self.at_most else '≥'} {self.limit:g} {self.unit}"

    def as_json(self) -> dict[str, Any]:
        """Return the figure as results.json has it."""
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "unit": self.unit,
            "target": self.target,
            "ok": self.ok,
        }


def median(values: list[float]) -> float:
    """Return the middle value."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def percentile(values: list[float], share: float) -> float:
    """Return the value below which ``share`` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
