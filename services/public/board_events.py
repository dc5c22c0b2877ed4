"""What happened on the board lately, one entry for each public event, for those who follow it."""

from datetime import datetime
from typing import Final, NamedTuple

from sqlmodel import Session, col, select

from domain.privacy import mask
from domain.text import Text
from models import AuditEntry, Community, Project, Street
from services.events.catalogue import public_actions
from services.public.board import BoardFilter, matching
from services.public.timeline import line_of

_NEWEST: Final = 60


class BoardEvent(NamedTuple):
    """A public event of a project; ``digest`` names it for ever."""

    digest: str
    at: datetime
    text: Text
    code: str
    title: str
    category: str
    street: str
    community: str


def read_events(session: Session, asked: BoardFilter) -> tuple[BoardEvent, ...]:
    """Return the newest events of the projects that a reader asks for, the newest first."""
    rows = session.exec(
        select(AuditEntry, Project, Street.name, Community.name)
        .join(Project, col(Project.code) == AuditEntry.subject)
        .join(Street, col(Street.code) == Project.street_code)
        .join(Community, col(Community.code) == Project.community_code)
        .where(col(AuditEntry.action).in_(public_actions()), *matching(asked))
        .order_by(col(AuditEntry.id).desc())
        .limit(_NEWEST)
    ).all()
    return tuple(
        BoardEvent(
            entry.digest,
            entry.happened_at,
            line_of(entry),
            project.code,
            mask(project.title),
            project.category,
            street,
            community,
        )
        for entry, project, street, community in rows
    )
