"""The gate at which whoever prepares something submits it."""

from uuid import UUID

from sqlmodel import Session

from domain.errors import GateClosed
from domain.gates import GateKind
from domain.lifecycle import STAGE_OF, Stage
from models import Gate, Project
from services.gates.settle_gate import current_gate
from services.records import lock_project


def open_preparation(session: Session, project_id: UUID, stage: Stage) -> tuple[Project, Gate]:
    """Return the locked project and its open preparation gate of ``stage``; raise GateClosed."""
    project = lock_project(session, project_id)
    here = STAGE_OF.get(project.status) is stage
    gate = current_gate(session, project, GateKind.PREPARATION) if here else None
    if gate is None or gate.outcome is not None:
        raise GateClosed(zh="不在准备阶段", en="not in preparation")
    return project, gate
