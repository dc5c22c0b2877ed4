"""Form projects from needs, cancel them, and object to an intended award."""

from uuid import UUID

from fastapi import APIRouter
from sqlmodel import Field, Session, SQLModel
from starlette.responses import HTMLResponse, Response

from api.deps import SessionDep, SignedIn
from api.errors import status_of
from api.forms import Typed, TypedDep, refused
from api.pages.gates import show_gate
from api.pages.projects import show_project
from api.view import View
from domain.errors import BadInput, JiebangError
from domain.permissions import Act
from services.award.objections import appeal_objection, file_objection
from services.cancelling import cancel_project
from services.gates.gate_page import open_gate_of
from services.identity.actors import authorise, place_of
from services.needs.gather_needs import free_needs
from services.projects.forming import form_project, project_coded

router = APIRouter()


class Title(SQLModel):
    """A project's title."""

    title: str = Field(min_length=2, max_length=120)


def _page(
    session: Session, v: View, f: Typed, *, category: str = "", q: str = "", after: str = ""
) -> HTMLResponse:
    assert v.visitor is not None
    needs = free_needs(session, v.visitor.grants, category=category, text=q, after=after)
    return v.page(
        "gather.html",
        status=status_of(f.error) if f.error else 200,
        needs=needs,
        f=f,
        after=after,
        category=category,
        q=q,
    )


@router.get("/desk/needs")
def choose(
    session: SessionDep, v: SignedIn, category: str = "", q: str = "", after: str = ""
) -> HTMLResponse:
    """List the needs from which one may form a project."""
    return _page(session, v, Typed(), category=category, q=q, after=after)


@router.post("/desk/needs")
def form(session: SessionDep, v: SignedIn, typed: TypedDep) -> Response:
    """Form a project from the needs that were ticked."""
    try:
        title = typed.read(Title).title
        project = form_project(
            session, need_ids=[_need(one) for one in typed.all("need")], title=title, actor=v.actor
        )
    except JiebangError as error:
        f = refused(session, typed, error)
        shown = {name: typed.text(name) for name in ("category", "q", "after")}
        return _page(session, v, f, **shown)
    return v.go(f"/desk/needs/{project.code}")


def _need(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadInput(zh="勾选的需求无法识别。", en="The need ticked is not known.") from None


@router.get("/desk/needs/{code}")
def formed(session: SessionDep, v: SignedIn, code: str) -> HTMLResponse:
    """Say that the project is formed, and what comes next."""
    project = project_coded(session, code)
    authorise(session, v.actor, Act.FORM_PROJECT, place_of(project))
    return v.page("formed.html", project=project)


@router.post("/desk/{code}/cancel")
def cancel(session: SessionDep, v: SignedIn, typed: TypedDep, code: str) -> Response:
    """Cancel a project before its award takes effect, with a public reason."""
    project = project_coded(session, code)
    try:
        cancel_project(session, project_id=project.id, actor=v.actor, reason=typed.text("reason"))
    except JiebangError as error:
        key = open_gate_of(session, code)
        if key is None:
            raise
        return show_gate(session, v, code, key, refused(session, typed, error))
    return v.go(f"/projects/{code}", done="cancelled")


@router.post("/projects/{code}/objection")
def object_to(session: SessionDep, v: SignedIn, typed: TypedDep, code: str) -> Response:
    """File an objection during the public notice."""
    try:
        file_objection(
            session,
            project_id=project_coded(session, code).id,
            actor=v.actor,
            grounds=typed.text("grounds"),
        )
    except JiebangError as error:
        return show_project(session, v, code, refused(session, typed, error))
    return v.go(f"/projects/{code}", done="objected")


@router.post("/projects/{code}/objection/{objection_id}/appeal")
def appeal(
    session: SessionDep, v: SignedIn, typed: TypedDep, code: str, objection_id: UUID
) -> Response:
    """Appeal to the auditor against the dismissal of one's own objection."""
    try:
        project_coded(session, code)
        appeal_objection(
            session,
            objection_id=objection_id,
            actor=v.actor,
            grounds=typed.text(f"appeal-{objection_id}"),
        )
    except JiebangError as error:
        return show_project(session, v, code, refused(session, typed, error))
    return v.go(f"/projects/{code}", done="appealed")
