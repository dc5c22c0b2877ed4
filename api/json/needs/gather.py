"""Form projects from needs."""

from typing import Any

from fastapi import APIRouter, Response

from api.deps import SessionDep
from api.json.access import Idempotent, Reading, Working
from api.json.routing import ApiRoute
from api.json.shapes import needs as need_shapes
from api.json.shapes import projects as project_shapes
from api.json.shapes.base import Cursor, Page, page_of
from services.needs.gather_needs import free_needs, needs_coded
from services.projects.forming import form_project

router = APIRouter(route_class=ApiRoute, tags=["lifecycle"])


@router.get("/me/needs", response_model=Page[need_shapes.FreeNeedPublic])
def free(
    session: SessionDep, who: Reading, category: str = "", q: str = "", cursor: Cursor = ""
) -> Any:
    """List the registered needs of the caller's places that no project answers yet."""
    return page_of(free_needs(session, who.grants, category=category, text=q, after=cursor))


@router.post(
    "/projects",
    status_code=201,
    response_model=project_shapes.FormedPublic,
    dependencies=[Idempotent],
)
def form(
    session: SessionDep, who: Working, sent: project_shapes.ProjectCreate, answer: Response
) -> Any:
    """Form a project from needs of one community; its lifecycle begins."""
    needs = needs_coded(session, sent.needs)
    project = form_project(session, need_ids=needs, title=sent.title, actor=who.actor)
    answer.headers["Location"] = f"/api/v1/projects/{project.code}"
    return {"code": project.code}
