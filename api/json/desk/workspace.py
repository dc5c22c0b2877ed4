"""The caller's desk: what waits for them, what they decided, their projects."""

from typing import Any

from fastapi import APIRouter

from api.deps import SessionDep
from api.json.access import Reading
from api.json.routing import ApiRoute
from api.json.shapes import gates as shapes
from api.json.shapes import people
from api.json.shapes.base import Cursor, Page, page_of
from services.clock import now
from services.desk.place_projects import PlaceProject, place_projects
from services.gates.inbox import Decided, decided_by
from services.gates.tasks import Task, tasks_of

router = APIRouter(route_class=ApiRoute, tags=["desk"])


@router.get("/me", response_model=people.MePublic)
def me(who: Reading) -> Any:
    """Tell whose token this is and what it is good for."""
    return {
        "id": who.actor.person_id,
        "login": who.actor.login,
        "name": who.name,
        "organisation_id": who.organisation_id,
        "grants": who.grants,
        "scopes": sorted(who.scopes),
    }


def _task(task: Task) -> dict[str, Any]:
    return {
        "code": task.subject.code,
        "project": task.subject.title,
        "key": task.key,
        "duty": task.duty,
        "task": task.name,
        "standing": task.standing,
        "why": task.why,
        "dossier_version": task.gate.dossier_version,
        "opened_at": task.gate.opened_at,
        "due_at": task.gate.due_at,
    }


@router.get("/me/tasks", response_model=Page[shapes.TaskPublic])
def tasks(session: SessionDep, who: Reading, cursor: Cursor = "") -> Any:
    """List what waits for the caller, what is due first; done and barred ones say why."""
    return page_of(tasks_of(session, who.actor.person_id, who.grants, after=cursor).each(_task))


@router.get("/me/decisions", response_model=Page[Decided])
def decided(session: SessionDep, who: Reading, cursor: Cursor = "") -> Any:
    """List what the caller decided, the newest first."""
    return page_of(decided_by(session, who.actor.person_id, after=cursor))


@router.get("/me/projects", response_model=Page[PlaceProject])
def projects(session: SessionDep, who: Reading, ended: bool = False, cursor: Cursor = "") -> Any:
    """List the projects of the caller's places, and at what each waits."""
    lines = place_projects(session, who.grants, at=now(session), ended=ended, after=cursor)
    return page_of(lines)
