"""The call of a project as it stands."""

from sqlmodel import Session

from models import Call, Project
from services.projects.moves import newest


def current_call(session: Session, project: Project) -> Call | None:
    """Return the newest version of the project's call."""
    return newest(session, Call, project)
