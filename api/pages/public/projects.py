"""A project as one public timeline, the proof of its entries, and its reports."""

from mimetypes import guess_type
from typing import Final

from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import Anybody, SessionDep
from api.page_cache import cached_page
from api.view import View
from domain.identity.permissions import Act
from services.award.objections import own_objections
from services.identity.actors import may
from services.projects.forming import public_project
from services.public.public_project import read_public_project
from services.public.public_reports import issued_report, read_report
from services.public.timeline import prove

router = APIRouter(prefix="/projects")

# A report is one file that carries its own styles and its chart, and no script.
_REPORT_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "font-src data:; frame-ancestors 'none'"
}


def show_project(session: Session, v: View, code: str) -> HTMLResponse:
    """Return a project's page."""
    page = read_public_project(session, code)
    grants = v.visitor.grants if v.visitor else ()
    answers = may(grants, Act.ANSWER_QUESTION, page.place) is not None
    own = own_objections(session, v.actor, code) if v.visitor and page.objections else ()
    return v.page("public/project.html", p=page, answers=answers, own_objections=own)


@router.get("/{code}")
def project(request: Request, session: SessionDep, v: Anybody, code: str) -> HTMLResponse:
    """Show a project."""
    return cached_page(request, session, v, lambda: show_project(session, v, code))


@router.get("/{code}/proof/{position}")
def proof(session: SessionDep, v: Anybody, code: str, position: int) -> HTMLResponse:
    """Recompute one entry of a project's timeline in front of the reader."""
    p = public_project(session, code)
    return v.page("public/proof.html", p=p, proof=prove(session, p.code, position))


@router.get("/{code}/report.{form}")
def report(session: SessionDep, v: Anybody, code: str, form: str) -> Response:
    """Send a closed project's report in the reader's language."""
    report = issued_report(session, public_project(session, code), v.lang, form)
    # Read without a connection to the database: the store may be slow.
    session.close()
    named = {"Content-Disposition": f'inline; filename="{report.filename}"'}
    media_type = guess_type(report.filename)[0]
    return Response(read_report(report), media_type=media_type, headers=_REPORT_HEADERS | named)
