"""What the indicators of agreements amount to: read in one place by report, list, page and API."""

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlmodel import Session, col, select

from domain.deliver.indicators import Adds, ReportedQuantity, total
from models import Agreement, Evidence, Milestone


class IndicatorProgress(NamedTuple):
    """An indicator of an agreement, how it adds up, and the value reached; None before a report."""

    name: str
    target: Decimal
    unit: str
    adds: Adds
    reached: Decimal | None

    @property
    def met(self) -> bool:
        """Tell whether the target is reached."""
        return self.reached is not None and self.reached >= self.target

    @property
    def bar(self) -> Decimal:
        """Return how far a bar of the target's length is filled."""
        return min(self.reached or Decimal(0), self.target)


def progress_of(
    session: Session, agreements: Collection[Agreement]
) -> dict[UUID, tuple[IndicatorProgress, ...]]:
    """Return the indicators of each agreement, by its id."""
    counted: dict[tuple[UUID, str], list[ReportedQuantity]] = defaultdict(list)
    rows = session.exec(
        select(Milestone.agreement_id, Evidence)
        .join(Milestone, col(Milestone.id) == Evidence.milestone_id)
        .where(
            col(Milestone.agreement_id).in_([agreement.id for agreement in agreements]),
            col(Evidence.quantity).is_not(None),
        )
        .order_by(col(Milestone.number), col(Evidence.filed_at))
    ).all()
    for agreement_id, evidence in rows:
        weight = Decimal(1) if evidence.weight is None else evidence.weight
        counted[agreement_id, evidence.name].append(
            ReportedQuantity(evidence.quantity or Decimal(0), weight)
        )
    return {
        agreement.id: tuple(
            IndicatorProgress(
                indicator["name"],
                Decimal(indicator["target"]),
                indicator["unit"],
                Adds(indicator["adds"]),
                total(Adds(indicator["adds"]), counted[agreement.id, indicator["name"]]),
            )
            for indicator in agreement.indicators
        )
        for agreement in agreements
    }
