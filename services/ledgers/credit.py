"""Credit 信用: always rebuilt from the events of its ledger, at any date."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from domain.calendar import BEIJING, add_months
from domain.conduct.conduct_list import CreditEntry, CreditRule, score
from models import BidMember, CreditEvent, Project
from services.district.rounds import settings_of


def entries_of(session: Session, organisation_id: UUID) -> list[CreditEntry]:
    """Return an organisation's events as the score sees them, in the order they were entered."""
    rows = session.exec(
        select(CreditEvent).where(CreditEvent.organisation_id == organisation_id)
    ).all()
    return _as_entries(rows)


def _as_entries(rows: Iterable[CreditEvent]) -> list[CreditEntry]:
    return [
        CreditEntry(row.points, row.happened_at.astimezone(BEIJING).date(), row.expires_on)
        for row in rows
    ]


def credit_of(session: Session, organisation_id: UUID, *, base: Decimal, today: date) -> Decimal:
    """Return the credit on a day, as ``domain.conduct.conduct_list.score`` does, summed in the database."""
    happened_on = func.date(func.timezone("Asia/Shanghai", col(CreditEvent.happened_at)))
    points = session.exec(
        select(func.coalesce(func.sum(CreditEvent.points), 0)).where(
            CreditEvent.organisation_id == organisation_id,
            happened_on <= today,
            col(CreditEvent.expires_on) > today,
        )
    ).one()
    return base + Decimal(points)


def credit_at(session: Session, organisation_id: UUID, *, base: Decimal, at: datetime) -> Decimal:
    """Return the credit at a moment: of that day's events, only those that had happened by then."""
    rows = session.exec(
        select(CreditEvent).where(
            CreditEvent.organisation_id == organisation_id, col(CreditEvent.happened_at) <= at
        )
    ).all()
    return score(base, _as_entries(rows), on=at.astimezone(BEIJING).date())


def enter(
    session: Session,
    project: Project,
    rule: CreditRule,
    *,
    organisations: Sequence[UUID],
    reference: str,
    at: datetime,
) -> None:
    """Enter what happened in a project for the organisations concerned, once for each reference.

    The points are those of the settings the project goes by; a rule without points enters nothing.
    """
    rules = settings_of(session, project)
    points = rules.credit_points.get(rule, Decimal(0))
    if not points:
        return
    expires_on = add_months(at.astimezone(BEIJING).date(), rules.credit_months)
    for organisation_id in organisations:
        known = select(CreditEvent.id).where(
            CreditEvent.organisation_id == organisation_id,
            CreditEvent.rule == rule,
            CreditEvent.reference == reference,
        )
        if session.exec(known).first() is None:
            session.add(
                CreditEvent(
                    organisation_id=organisation_id,
                    project_id=project.id,
                    rule=rule,
                    reference=reference,
                    settings_version=project.settings_version,
                    points=points,
                    happened_at=at,
                    expires_on=expires_on,
                )
            )
    session.flush()


def members_of(session: Session, bid_id: UUID) -> list[UUID]:
    """Return the organisations whom the events of a bid's project concern: all its members."""
    rows = select(BidMember.organisation_id).where(BidMember.bid_id == bid_id)
    return list(session.exec(rows.order_by(col(BidMember.is_lead).desc())))
