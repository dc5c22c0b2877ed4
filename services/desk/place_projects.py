"""The projects of somebody's places: where each stands, and at what it waits."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from domain.errors import NotPermitted
from domain.gates import gate_key, overdue
from domain.identity.roles import Grant, Role
from domain.lifecycle import TERMINAL, Status
from domain.text import Text
from models import Community, Gate, Project
from services.gates.process_kits import kit_at
from services.identity.actors import places_of
from services.listing import Listed, list_page


@dataclass(frozen=True, slots=True)
class PlaceProject:
    """A project, and the gate at which it waits while it goes on."""

    code: str
    title: str
    community: str
    status: Status
    key: str | None
    waits_for: Text | None
    due_at: datetime | None
    overdue: bool


def place_projects(
    session: Session,
    grants: tuple[Grant, ...],
    *,
    at: datetime,
    ended: bool = False,
    after: str = "",
) -> Listed[PlaceProject]:
    """Return a page of the projects of somebody's places, those due first.

    The ``ended`` ones come the newest first. A district administrator sees those of every place.
    Raises NotPermitted for whom no place is theirs, and BadInput as ``list_page``.
    """
    streets, communities = places_of(grants)
    everywhere = any(grant.role is Role.DISTRICT_ADMINISTRATOR for grant in grants)
    if not (everywhere or streets or communities):
        raise NotPermitted(
            zh="这里列出您所在街道或社区的项目。",
            en="this lists the projects of your own street or community.",
        )
    query = (
        select(Project, Community.name, Gate)
        .join(Community, col(Community.code) == Project.community_code)
        .join(
            Gate,
            (col(Gate.process_id) == Project.id) & col(Gate.outcome).is_(None),
            isouter=True,
        )
    )
    if not everywhere:
        query = query.where(
            col(Project.street_code).in_(streets) | col(Project.community_code).in_(communities)
        )
    over = col(Project.status).in_(sorted(TERMINAL))
    if ended:
        query = query.where(over).order_by(col(Project.code).desc())
    else:
        query = query.where(~over).order_by(
            col(Gate.due_at).nulls_last(), col(Project.code), col(Gate.id)
        )

    def line(row: tuple[Project, str, Gate | None]) -> PlaceProject:
        project, community, gate = row
        return PlaceProject(
            project.code,
            project.title,
            community,
            project.status,
            gate_key(gate.stage, gate.kind, gate.round) if gate else None,
            kit_at(gate).rule.title if gate else None,
            gate.due_at if gate else None,
            bool(gate and overdue(gate.kind, gate.due_at, gate.decided_at, at)),
        )

    return list_page(session, query, after=after).each(line)
