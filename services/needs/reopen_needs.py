"""Needs of a project that ended without answering them wait again, with that history."""

from datetime import datetime

from sqlmodel import Session, col, select

from domain.lifecycle import Action
from models import Need, Project, ProjectNeed
from models.needs import NeedStatus
from services.ledgers import quota
from services.records import audit, move, tell


def end_unanswered(
    session: Session,
    project: Project,
    action: Action,
    *,
    actor: str,
    at: datetime,
    reason: str | None = None,
) -> None:
    """End a project by any way but its closing: quota is released, and its needs wait again."""
    quota.release_all(session, project=project, at=at)
    move(session, project, action, actor=actor, at=at, reason=reason)
    project.closed_at = at
    _reopen(session, project, at)


def _reopen(session: Session, project: Project, at: datetime) -> None:
    links = session.exec(
        select(ProjectNeed).where(
            ProjectNeed.project_id == project.id, col(ProjectNeed.released_at).is_(None)
        )
    ).all()
    needs = session.exec(
        select(Need)
        .where(col(Need.id).in_([one.need_id for one in links]))
        .order_by(col(Need.id))
        .with_for_update()
    ).all()
    for link in links:
        link.released_at = at
    for need in needs:
        if need.status is not NeedStatus.IN_PROJECT:
            continue
        need.status = NeedStatus.REGISTERED
        for audience in (f"community:{project.community_code}", f"street:{project.street_code}"):
            tell(
                session,
                key=f"need:{need.code}:reopened:{project.code}:{audience}",
                topic="need.reopened",
                audience=audience,
                at=at,
                need=need.code,
                project=project.code,
                status=project.status,
            )
    if needs:
        audit(
            session,
            actor="flow",
            action="needs.reopened",
            subject=project.code,
            at=at,
            needs=[one.code for one in needs],
        )
    session.flush()
