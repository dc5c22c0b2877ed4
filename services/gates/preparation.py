"""The gate at which somebody submits what they have prepared."""

from sqlmodel import Session

from domain.errors import GateClosed
from domain.gates import GateKind
from models import Gate
from services.gates.process_kits import stage_of
from services.gates.readers import Subject
from services.gates.settle_gate import current_gate


def open_preparation(session: Session, subject: Subject, stage: str) -> Gate:
    """Return the open preparation gate of ``stage``; the subject is locked. Raises GateClosed."""
    here = stage_of(subject) == stage
    gate = current_gate(session, subject, GateKind.PREPARATION) if here else None
    if gate is None or gate.outcome is not None:
        raise GateClosed(zh="不在准备阶段", en="not in preparation")
    return gate
