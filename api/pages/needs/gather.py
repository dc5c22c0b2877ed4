"""Form projects from needs."""

from uuid import UUID

from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import SessionDep, SignedIn
from api.form_routes import FormRouter
from api.forms import FormDataDep
from api.view import View
from domain.errors import BadInput
from domain.identity.permissions import Act
from services.identity.actors import authorise, place_of
from services.needs.gather_needs import free_needs
from services.projects.forming import ProjectTitle, form_project, project_coded

router = FormRouter()


def _page(
    session: Session, v: View, *, category: str = "", q: str = "", after: str = ""
) -> HTMLResponse:
    assert v.visitor is not None
    needs = free_needs(session, v.visitor.grants, category=category, text=q, after=after)
    return v.page(
        "needs/gather.html",
        needs=needs,
        after=after,
        category=category,
        q=q,
    )


@router.get("/desk/needs")
def choose(
    session: SessionDep, v: SignedIn, category: str = "", q: str = "", after: str = ""
) -> HTMLResponse:
    """List the needs from which one may form a project."""
    return _page(session, v, category=category, q=q, after=after)


@router.form(
    "/desk/needs", shown="/desk/needs", query=("category", "q", "after"), takes=ProjectTitle
)
def form(session: SessionDep, v: SignedIn, typed: FormDataDep) -> Response:
    """Form a project from the needs that were ticked."""
    title = typed.read(ProjectTitle).title
    project = form_project(
        session, need_ids=[_need(need) for need in typed.all("need")], title=title, actor=v.actor
    )
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
    return v.page("needs/formed.html", project=project)
