"""The call of a project as it stands."""

from sqlmodel import Session, col, select

from models import Call, Project


def current_call(session: Session, project: Project) -> Call | None:
    """Return the newest version of the project's call."""
    return session.exec(
        select(Call).where(Call.project_id == project.id).order_by(col(Call.version).desc())
    ).first()
