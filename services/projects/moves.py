"""Lock a project, move it, and let its needs wait again where it ends without answering them."""

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlmodel import Session, SQLModel, col, select

from domain.errors import NotFound
from domain.lifecycle import STAGE_OF, Action, advance
from domain.text import Text
from models import Need, Project, ProjectNeed, StatusChange
from models.needs import NeedStatus
from services.events import audiences
from services.events.record import record, tell
from services.gates.rounds import next_round
from services.ledgers import quota
from services.projects.events import NeedReopened, NeedsReopened, ProjectMoved

Row = TypeVar("Row", bound=SQLModel)


def lock_project(session: Session, project_id: UUID) -> Project:
    """Return the project, locked until the transaction ends."""
    project = session.get(Project, project_id, with_for_update=True, populate_existing=True)
    if project is None:
        raise NotFound(what=Text("项目", "project"), key=str(project_id))
    return project


def newest(session: Session, table: type[Row], project: Project) -> Row | None:
    """Return the project's row of the newest round, or version where a table has versions."""
    columns = table.__table__.columns  # type: ignore[attr-defined]
    order = columns["version" if "version" in columns else "round"]
    return session.exec(
        select(table).where(columns["project_id"] == project.id).order_by(order.desc()).limit(1)
    ).first()


def move(
    session: Session,
    project: Project,
    action: Action,
    *,
    actor: str,
    at: datetime,
    reason: str | None = None,
) -> None:
    """Move a project by the lifecycle table and record the move, with a reason where one is due.

    What follows begins its first round, or the next one where the stage was entered before.
    """
    before, after = project.status, advance(project.status, action)
    project.status, project.stage_round = after, 1
    if stage := STAGE_OF.get(after):
        project.stage_round = next_round(session, project.id, stage)
    session.add(
        StatusChange(
            project_id=project.id,
            before=before,
            action=action,
            after=after,
            reason=reason,
            changed_at=at,
        )
    )
    event = ProjectMoved(move=action, before=before, after=after)
    record(session, event, about=project.code, by=actor, at=at)
    session.flush()


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
        .where(col(Need.id).in_([link.need_id for link in links]))
        .order_by(col(Need.id))
        .with_for_update()
    ).all()
    for link in links:
        link.released_at = at
    for need in needs:
        if need.status is not NeedStatus.IN_PROJECT:
            continue
        need.status = NeedStatus.REGISTERED
        tell(
            session,
            NeedReopened(need=need.code, status=project.status),
            about=project.code,
            at=at,
            to=(
                audiences.community(project.community_code),
                audiences.street(project.street_code),
            ),
            once=f"need:{need.code}:reopened:{project.code}",
        )
    if needs:
        event = NeedsReopened(needs=[need.code for need in needs])
        record(session, event, about=project.code, by="flow", at=at)
    session.flush()
