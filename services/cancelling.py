"""Cancel a project: its gates end, quota is released, needs wait again, who objected is told."""

from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col

from domain.identity.permissions import Act
from domain.lifecycle import Action
from models import OpeningPresence
from models.shapes import Reason
from services.award.moot_objections import leave_unanswered
from services.clock import now
from services.gates.settle_gate import end_gates
from services.identity.actors import Actor, authorise, place_of
from services.projects.moves import end_unanswered, lock_project


def cancel_project(
    session: Session, *, project_id: UUID, actor: Actor, cancellation: Reason
) -> None:
    """Cancel a project before its award takes effect, with a public reason.

    Every open gate ends with it, and what its bidders had reserved is released.
    """
    project = lock_project(session, project_id)
    authorise(session, actor, Act.CANCEL_PROJECT, place_of(project))
    at = now(session)
    leave_unanswered(session, project, at)
    end_unanswered(
        session, project, Action.CANCEL, actor=actor.login, at=at, reason=cancellation.reason
    )
    # Shares that were given for an opening that never comes.
    session.execute(
        update(OpeningPresence)
        .where(col(OpeningPresence.project_id) == project.id)
        .values(share=None)
    )
    end_gates(session, project, at)
