"""Objections nobody owes an answer any more: the award they are about is no longer intended."""

from datetime import datetime

from sqlmodel import Session, col, select

from domain.award.objections import waits
from domain.lifecycle import Status
from models import Objection, Project
from services.award.events import ObjectionMoot
from services.events import audiences
from services.events.record import record


def is_moot(project: Project, objection: Objection) -> bool:
    """Tell whether it, or its appeal, waits for an answer that nobody owes any more."""
    noticed = project.status is Status.IN_PUBLIC_NOTICE and objection.round == project.stage_round
    return waits(objection.course) and not noticed


def leave_unanswered(session: Session, project: Project, at: datetime) -> None:
    """Tell the objectors, and the public, what goes unanswered as the notice ends.

    Call it while the notice still runs; outside of a notice there is nothing to tell.
    """
    if project.status is not Status.IN_PUBLIC_NOTICE:
        return
    rows = session.exec(
        select(Objection)
        .where(Objection.project_id == project.id, Objection.round == project.stage_round)
        .order_by(col(Objection.filed_at), col(Objection.id))
    )
    for row in rows:
        if not waits(row.course):
            continue
        record(
            session,
            ObjectionMoot(),
            about=project.code,
            by="flow",
            at=at,
            to=audiences.person(row.filed_by),
            once=f"objection:{row.id}:moot",
        )
