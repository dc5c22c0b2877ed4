"""Form projects from needs and start their runs; what everybody may know of one."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Field, Session, col, func, select

from domain.calendar import BEIJING
from domain.errors import BadInput, NotFound
from domain.identity.permissions import Act
from domain.public.board import PUBLIC
from domain.text import Text
from models import Community, Need, Project, ProjectNeed, Round, Street
from models.needs import NeedStatus
from models.shapes import Command
from services.clock import now
from services.district.rounds import present_round
from services.events.record import record
from services.execution.runs import begin_process
from services.gates.kits import Fact, fact
from services.identity.actors import Actor, authorise, place_of
from services.projects.events import ProjectFormed
from services.rows import next_number

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


def project_facts(session: Session, project: Project) -> list[Fact]:
    """Return where a project is, and how many needs it answers and who supports them."""
    street = session.get_one(Street, project.street_code)
    community = session.get_one(Community, project.community_code)
    needs, supporters = session.exec(
        select(func.count(), func.coalesce(func.sum(Need.supporters), 0))
        .select_from(Need)
        .join(ProjectNeed, col(ProjectNeed.need_id) == Need.id)
        .where(ProjectNeed.project_id == project.id)
    ).one()
    return [
        fact("地点", "Place", f"{street.name} {community.name}"),
        fact("居民需求", "Needs", needs),
        fact("支持人数", "Supporters", supporters),
    ]


def project_tags(session: Session, project: Project) -> tuple[str, ...]:
    """Return what a project's runs are tagged with in Prefect: its street and category."""
    return session.get_one(Street, project.street_code).name, project.category


def _next_code(session: Session, at: datetime) -> str:
    year = at.astimezone(BEIJING).year
    number = next_number(session, Project, col(Project.code).like(f"LC-{year}-%"))
    return f"LC-{year}-{number:04d}"


class ProjectTitle(Command):
    """The title of a project to be formed."""

    title: str = Field(min_length=2, max_length=120, schema_extra={"examples": ["独居老人助餐"]})


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
    record(session, ProjectFormed(needs=len(needs)), about=project.code, by=actor.login, at=at)
    begin_process(
        session,
        LIFECYCLE,
        process_id=project.id,
        code=project.code,
        place=project,
        project_id=project.id,
        at=at,
    )
    return project
