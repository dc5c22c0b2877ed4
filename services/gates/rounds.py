"""In which round a stage is entered."""

from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, select

from domain.gates import GateKind
from models import Gate


def next_round(session: Session, process_id: UUID, stage: str) -> int:
    """Return the round in which a process enters a stage: 1, or one more than when it was there."""
    last = select(func.coalesce(func.max(Gate.round), 0)).where(
        Gate.process_id == process_id, Gate.stage == stage, Gate.kind != GateKind.REPAIR
    )
    return session.exec(last).one() + 1
