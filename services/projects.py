"""Form projects from needs, start their runs, cancel them."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from domain.board import PUBLIC
from domain.calendar import BEIJING
from domain.errors import BadInput, NotFound, ReasonMissing
from domain.lifecycle import Action
from domain.permissions import Act
from domain.text import Text
from models import Need, OpeningPresence, Project, ProjectNeed, Round
from models.needs import NeedStatus
from services.award.moot_objections import leave_unanswered
from services.clock import now
from services.district.rounds import present_round
from services.execution.runs import begin_process
from services.gates.settle_gate import end_gates
from services.identity.actors import Actor, authorise, place_of
from services.needs.reopen_needs import end_unanswered
from services.records import audit, lock_project

LIFECYCLE: Final = "project-lifecycle/v1"


def project_coded(session: Session, code: str) -> Project:
    """Return the project with this code; raise NotFound."""
    project = session.exec(select(Project).where(Project.code == code)).one_or_none()
    if project is None:
        raise NotFound(what=Text("项目", "project"), key=code)
    return project


def public_project(session: Session, code: str) -> Project:
    """Return the project with this code; raise NotFound also for one that is not public yet."""
    project = session.exec(select(Project).where(Project.code == code)).one_or_none()
    return require_public(project, code)


def require_public(project: Project | None, code: str) -> Project:
    """Return a project that everybody may know of; raise NotFound for any other."""
    if project is None or project.status not in PUBLIC:
        raise NotFound(what=Text("项目", "project"), key=code)
    return project


def _next_code(session: Session, at: datetime) -> str:
    year = at.astimezone(BEIJING).year
    count = session.exec(
        select(func.count()).select_from(Project).where(col(Project.code).like(f"LC-{year}-%"))
    ).one()
    return f"LC-{year}-{count + 1:04d}"


def form_project(session: Session, *, need_ids: list[UUID], title: str, actor: Actor) -> Project:
    """Gather registered needs of one community into a draft project and ask for its run.

    Raises BadInput when a need has no place yet, is taken, or the places differ, NotPermitted for
    other roles than those of the place.
    """
    session.exec(select(Round).with_for_update()).first()
    needs = session.exec(select(Need).where(col(Need.id).in_(need_ids)).with_for_update()).all()
    places = {(need.street_code, need.community_code) for need in needs}
    free = all(need.status is NeedStatus.REGISTERED for need in needs)
    if not needs or not free or len(places) != 1 or None in next(iter(places)):
        raise BadInput(
            zh="请选择同一社区、尚未立项的需求。",
            en="Choose needs of one community that are in no project yet.",
        )
    street_code, community_code = next(iter(places))
    if street_code is None or community_code is None:
        raise NotFound(what=Text("社区", "community"), key="—")
    round_ = present_round(session)
    at = now(session)
    project = Project(
        code=_next_code(session, at),
        title=title,
        category=needs[0].category,
        street_code=street_code,
        community_code=community_code,
        round_id=round_.id,
        settings_version=round_.settings_version,
        created_at=at,
    )
    authorise(session, actor, Act.FORM_PROJECT, place_of(project))
    session.add(project)
    session.flush()
    for need in needs:
        need.status = NeedStatus.IN_PROJECT
        session.add(ProjectNeed(need_id=need.id, project_id=project.id))
    audit(
        session,
        actor=actor.login,
        action="project.formed",
        subject=project.code,
        at=at,
        needs=len(needs),
    )
    begin_process(session, LIFECYCLE, project_id=project.id, process_id=project.id, at=at)
    return project


def cancel_project(session: Session, *, project_id: UUID, actor: Actor, reason: str) -> None:
    """Cancel a project before its award takes effect, with a public reason.

    Every open gate ends with it, and what its bidders had reserved is released.
    """
    project = lock_project(session, project_id)
    authorise(session, actor, Act.CANCEL_PROJECT, place_of(project))
    if not reason.strip():
        raise ReasonMissing
    at = now(session)
    leave_unanswered(session, project, at)
    end_unanswered(session, project, Action.CANCEL, actor=actor.login, at=at, reason=reason.strip())
    # Shares that were given for an opening that never comes.
    session.execute(
        update(OpeningPresence)
        .where(col(OpeningPresence.project_id) == project.id)
        .values(share=None)
    )
    end_gates(session, project, at)
