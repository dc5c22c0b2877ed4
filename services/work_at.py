"""Whether what is asked for is somebody's duty now."""

from sqlmodel import Session

from domain.duties import Duty, Standing
from domain.errors import NotPermitted
from domain.roles import Grant
from models import Project
from services.actors import Actor
from services.duties import task_at
from services.projects import project_coded
from services.settle_gate import waiting_gate


def require_duty(
    session: Session, actor: Actor, grants: tuple[Grant, ...], code: str, duty: Duty
) -> Project:
    """Return the project at whose open gate the actor has this duty, done or not.

    Raises NotFound, or NotPermitted where it is not theirs or not due now.
    """
    project = project_coded(session, code)
    gate = waiting_gate(session, project)
    task = task_at(session, actor.person_id, grants, project, gate) if gate else None
    if task and task.duty is duty and task.standing is not Standing.BARRED:
        return project
    raise NotPermitted(zh="这不是您现在要办理的事项。", en="this is not yours to do now.")
