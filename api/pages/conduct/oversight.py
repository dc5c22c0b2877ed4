"""The complaints and corrective actions of a project, and the conduct list: both in public."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import Administrator, Anybody, SessionDep, SignedIn
from api.form_routes import FormRouter
from api.forms import FormDataDep
from api.pages.identity.proving import proved
from api.security import RateLimit
from api.view import View
from domain.identity.permissions import Act
from models.shapes import Reason
from services.bid.interests import interested_people
from services.conduct import complaints
from services.conduct.complaints import ComplaintAnswer, ComplaintCreate
from services.conduct.conduct_list import repair_entry
from services.conduct.findings import VisitCreate, record_visit
from services.conduct.oversight import listed_entries, read_oversight
from services.identity.actors import DISTRICT, may, place_of
from services.projects.forming import project_coded

router = FormRouter()
Seldom = Annotated[None, Depends(RateLimit("residents", 60))]


def _page(session: Session, v: View, code: str) -> HTMLResponse:
    project = project_coded(session, code)
    place = place_of(project)
    grants = v.visitor.grants if v.visitor else ()
    answers = may(grants, Act.ANSWER_COMPLAINT, place) is not None and (
        v.actor.person_id not in interested_people(session, project)
    )
    return v.page(
        "conduct/oversight.html",
        o=read_oversight(session, code, whole=answers),
        answers=answers,
        visits=may(grants, Act.VISIT, place) is not None,
        reviews=may(grants, Act.REVIEW_MATERIAL, place) is not None,
    )


@router.get("/projects/{code}/complaints")
def oversight(session: SessionDep, v: Anybody, code: str) -> HTMLResponse:
    """Show a project's complaints with their answers, and its corrective actions."""
    return _page(session, v, code)


@router.form(
    "/projects/{code}/complaints",
    shown="/projects/{code}/complaints",
    takes=ComplaintCreate,
    open_to_all=True,
)
def complain(session: SessionDep, v: Anybody, typed: FormDataDep, code: str, _: Seldom) -> Response:
    """File a complaint; no account is asked for."""
    complaints.file_complaint(session, code=code, complaint=typed.read(ComplaintCreate))
    return v.go(f"/projects/{code}/complaints", done="complained")


@router.form(
    "/projects/{code}/complaints/{complaint}",
    shown="/projects/{code}/complaints",
    takes=ComplaintAnswer,
)
def answer(
    session: SessionDep, v: SignedIn, typed: FormDataDep, code: str, complaint: str
) -> Response:
    """Answer a complaint, in public."""
    names = {"upheld": f"upheld-{complaint}", "answer": f"answer-{complaint}"}
    complaints.answer_complaint(
        session,
        complaint_id=complaints.complaint_coded(session, complaint).id,
        actor=v.actor,
        answer=typed.read(ComplaintAnswer, names),
    )
    return v.go(f"/projects/{code}/complaints", done="answered")


@router.form("/projects/{code}/visits", shown="/projects/{code}/complaints", takes=VisitCreate)
def visit(session: SessionDep, v: SignedIn, typed: FormDataDep, code: str) -> Response:
    """Record a visit; a red one is a finding, to be corrected."""
    corrective_action = record_visit(
        session,
        project_id=project_coded(session, code).id,
        actor=v.actor,
        visit=typed.read(VisitCreate),
    )
    return v.go(f"/projects/{code}/complaints", done="found" if corrective_action else "visited")


def _list(session: Session, v: View) -> HTMLResponse:
    grants = v.visitor.grants if v.visitor else ()
    return v.page(
        "conduct/conduct.html",
        entries=listed_entries(session),
        repairs=may(grants, Act.ADMINISTER, DISTRICT) is not None,
    )


@router.get("/conduct")
def conduct(session: SessionDep, v: Anybody) -> HTMLResponse:
    """Show the conduct list: the commended and the debarred organisations, with the reasons."""
    return _list(session, v)


@router.form("/conduct/{entry_id}/repair", shown="/conduct", takes=Reason)
@proved
def repair(session: SessionDep, v: Administrator, typed: FormDataDep, entry_id: UUID) -> Response:
    """End a black entry before it expires."""
    repair_entry(
        session,
        entry_id=entry_id,
        actor=v.actor,
        repair=typed.read(Reason, {"reason": f"reason-{entry_id}"}),
    )
    return v.go("/conduct", done="repaired")
