"""Quota 资源限流: how much an organisation carries at once, always summed from its ledger."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from models import Organisation, Project, QuotaEntry


def load_of(session: Session, organisation_id: UUID) -> Decimal:
    """Return how many concurrent projects the organisation carries, reserved or consumed."""
    total = session.exec(
        select(func.coalesce(func.sum(QuotaEntry.amount), 0)).where(
            QuotaEntry.organisation_id == organisation_id
        )
    ).one()
    return Decimal(total)


def lock_organisations(session: Session, ids: list[UUID]) -> list[Organisation]:
    """Return the organisations locked in one order, so that concurrent bids cannot deadlock."""
    return list(
        session.exec(
            select(Organisation)
            .where(col(Organisation.id).in_(ids))
            .order_by(col(Organisation.id))
            .with_for_update()
        ).all()
    )


def reserve(
    session: Session,
    *,
    organisation_id: UUID,
    project: Project,
    reference: str,
    amount: Decimal,
    at: datetime,
) -> None:
    """Enter a reservation for a bid."""
    session.add(
        QuotaEntry(
            organisation_id=organisation_id,
            project_id=project.id,
            kind="reserve",
            reference=reference,
            amount=amount,
            entered_at=at,
        )
    )
    session.flush()


def release_all(
    session: Session, *, project: Project, at: datetime, organisation_id: UUID | None = None
) -> None:
    """Release whatever is still held for a project that ends, or ends for one organisation."""
    references = select(QuotaEntry.reference).where(QuotaEntry.project_id == project.id)
    if organisation_id is not None:
        references = references.where(QuotaEntry.organisation_id == organisation_id)
    for reference in sorted(set(session.exec(references))):
        release(
            session, project=project, reference=reference, at=at, organisation_id=organisation_id
        )


def release(
    session: Session,
    *,
    project: Project,
    reference: str,
    at: datetime,
    organisation_id: UUID | None = None,
) -> None:
    """Release quota still held for ``reference`` (a bid and version) by every member, or one."""
    balances = select(QuotaEntry.organisation_id, func.sum(QuotaEntry.amount)).where(
        QuotaEntry.project_id == project.id, QuotaEntry.reference == reference
    )
    if organisation_id is not None:
        balances = balances.where(QuotaEntry.organisation_id == organisation_id)
    for holder, amount in session.exec(balances.group_by(col(QuotaEntry.organisation_id))).all():
        if amount:
            session.add(
                QuotaEntry(
                    organisation_id=holder,
                    project_id=project.id,
                    kind="release",
                    reference=reference,
                    amount=-Decimal(amount),
                    entered_at=at,
                )
            )
    session.flush()
