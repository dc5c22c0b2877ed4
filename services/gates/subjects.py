"""What a gate belongs to: a project, a corrective action on one, or a month's conduct list."""

from collections.abc import Collection
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlmodel import Session, col, select

from domain import conduct, corrective, lifecycle
from domain.errors import NotFound
from domain.lifecycle import Stage
from domain.text import Text
from models import ConductList, CorrectiveAction, Process, Project
from services.identity.actors import DISTRICT, Codes, place_of
from services.records import lock_project

Subject: TypeAlias = Project | CorrectiveAction | ConductList

_TABLES: Final[dict[str, type[Any]]] = {
    "project-lifecycle": Project,
    "corrective-action": CorrectiveAction,
    "conduct-list": ConductList,
}


def _read(session: Session, process: Process, *, lock: bool = False) -> Subject:
    table = _TABLES[process.definition.partition("/")[0]]
    found: Subject = session.get_one(
        table, process.id, with_for_update=lock or None, populate_existing=True
    )
    return found


def find_subject(session: Session, process_id: UUID) -> Subject:
    """Return what the process carries, as it is now."""
    return _read(session, session.get_one(Process, process_id))


def lock_subject(session: Session, process_id: UUID) -> Subject:
    """Return what the process carries, locked; with the project it is about, which comes first."""
    process = session.get_one(Process, process_id)
    if process.project_id:
        lock_project(session, process.project_id)
    return _read(session, process, lock=True)


def subject_coded(session: Session, code: str) -> Subject:
    """Return what has this code; raise NotFound."""
    for table in _TABLES.values():
        found: Subject | None = session.exec(select(table).where(table.code == code)).one_or_none()
        if found is not None:
            return found
    raise NotFound(what=Text("项目", "project"), key=code)


def subjects_of(session: Session, process_ids: Collection[UUID]) -> dict[UUID, Subject]:
    """Return what several processes carry, in at most as many queries as there are kinds."""
    found: dict[UUID, Subject] = {}
    for table in _TABLES.values():
        left = set(process_ids) - set(found)
        if left:
            rows = session.exec(select(table).where(col(table.id).in_(left)))
            found |= {one.id: one for one in rows}
    return found


def project_about(session: Session, subject: Subject) -> Project | None:
    """Return the project that is meant; None for what concerns the whole district."""
    if isinstance(subject, CorrectiveAction):
        return session.get_one(Project, subject.project_id)
    return subject if isinstance(subject, Project) else None


def stage_of(subject: Subject) -> Stage | None:
    """Return the stage at which something stands; None once it is over."""
    if isinstance(subject, Project):
        return lifecycle.STAGE_OF.get(subject.status)
    if isinstance(subject, CorrectiveAction):
        return corrective.STAGE_OF.get(subject.status)
    return conduct.LIST_STAGE_OF.get(subject.status)


def stages_of(subject: Subject) -> tuple[Stage, ...]:
    """Return the stages something may go through, in order."""
    if isinstance(subject, Project):
        return lifecycle.LIFECYCLE_STAGES
    if isinstance(subject, CorrectiveAction):
        return tuple(corrective.STAGE_OF.values())
    return tuple(conduct.LIST_STAGE_OF.values())


def status_name(subject: Subject) -> Text:
    """Return where something stands, as people say it."""
    if isinstance(subject, Project):
        return lifecycle.STATUS_NAMES[subject.status]
    if isinstance(subject, CorrectiveAction):
        return corrective.CORRECTIVE_NAMES[subject.status]
    return conduct.LIST_STATUS_NAMES[subject.status]


def is_over(subject: Subject) -> bool:
    """Tell whether nothing follows any more; a draft has no stage either, but is not over."""
    if isinstance(subject, Project):
        return subject.status in lifecycle.TERMINAL
    return stage_of(subject) is None


def stopped(subject: Subject) -> bool:
    """Tell whether something was ended from outside, while its run may be anywhere."""
    return isinstance(subject, Project) and subject.status in lifecycle.STOPPED


def codes_of(session: Session, subject: Subject) -> Codes:
    """Return the codes by which roles are held for something."""
    project = project_about(session, subject)
    return place_of(project) if project else DISTRICT
