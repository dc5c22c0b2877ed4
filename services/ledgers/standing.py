"""How an organisation stands by its record: debarred until when, and whether it is able to serve."""

from datetime import date
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from domain.conduct.conduct_list import Colour, Ground
from domain.conduct.corrective import NOT_ABLE, STAGE_OF, CorrectiveStatus
from models import ConductEntry, ConductList, CorrectiveAction


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
    """Tell whether a corrective action has found it unable, so that it takes on nothing new.

    After an exit this lasts until a published list has decided whether it is debarred.
    """
    decided = (
        select(ConductEntry.id)
        .join(ConductList, col(ConductList.id) == ConductEntry.list_id)
        .where(
            ConductEntry.organisation_id == organisation_id,
            ConductEntry.ground == Ground.TERMINATED,
            col(ConductList.published_at) >= col(CorrectiveAction.closed_at),
        )
        .correlate(CorrectiveAction)
        .exists()
    )
    has_left = (col(CorrectiveAction.status) == CorrectiveStatus.EXITED) & ~decided
    action_id = session.exec(
        select(CorrectiveAction.id).where(
            CorrectiveAction.organisation_id == organisation_id,
            col(CorrectiveAction.status).in_(NOT_ABLE) | has_left,
        )
    ).first()
    return action_id is not None


def open_corrections(session: Session, project_id: UUID) -> int:
    """Return how many corrective actions on a project are not over."""
    return session.exec(
        select(func.count())
        .select_from(CorrectiveAction)
        .where(
            CorrectiveAction.project_id == project_id,
            col(CorrectiveAction.status).in_(list(STAGE_OF)),
        )
    ).one()
