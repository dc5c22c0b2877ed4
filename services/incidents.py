"""Incidents: troubles that need a hand, one for each process and kind while it is open."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from models import Incident

RUN_STOPPED: Final = "run-stopped"
FOREIGN_CODE: Final = "foreign-code"


def _open(session: Session, process_id: UUID | None, kind: str) -> Incident | None:
    return session.exec(
        select(Incident).where(
            Incident.process_id == process_id,
            Incident.kind == kind,
            col(Incident.closed_at).is_(None),
        )
    ).first()


def open_incident(
    session: Session, *, process_id: UUID | None, kind: str, zh: str, en: str, at: datetime
) -> None:
    """Open an incident unless one of this kind is open for the process."""
    if _open(session, process_id, kind) is None:
        session.add(Incident(process_id=process_id, kind=kind, zh=zh, en=en, opened_at=at))
        session.flush()


def close_incident(session: Session, *, process_id: UUID | None, kind: str, at: datetime) -> None:
    """Close the incident of this kind, if one is open."""
    if incident := _open(session, process_id, kind):
        incident.closed_at = at
        session.flush()
