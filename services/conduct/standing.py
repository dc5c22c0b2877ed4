"""How an organisation stands by its record: debarred until when, and whether it is able to serve."""

from datetime import date
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from domain.conduct import Colour
from domain.corrective import NOT_ABLE
from models import ConductEntry, CorrectiveAction


def debarred_until(session: Session, organisation_id: UUID) -> date | None:
    """Return the day on which the last black entry ends: it expires, or is repaired before."""
    ends = func.least(col(ConductEntry.expires_on), col(ConductEntry.repaired_on))
    until: date | None = session.exec(
        select(func.max(ends)).where(
            ConductEntry.organisation_id == organisation_id,
            ConductEntry.colour == Colour.BLACK,
            col(ConductEntry.listed_on).is_not(None),
        )
    ).one()
    return until


def under_intervention(session: Session, organisation_id: UUID) -> bool:
    """Tell whether a corrective action has found it unable, so that it takes on nothing new."""
    return (
        session.exec(
            select(CorrectiveAction.id).where(
                CorrectiveAction.organisation_id == organisation_id,
                col(CorrectiveAction.status).in_(NOT_ABLE),
            )
        ).first()
        is not None
    )
