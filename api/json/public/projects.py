"""A project: its timeline, the proof of an entry, its report."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from api.deps import SessionDep
from api.files import as_download
from api.json.access import Anyone
from api.json.routing import ApiRoute
from api.json.shapes import projects as shapes
from services.projects.forming import public_project
from services.public.public_project import read_public_project
from services.public.public_reports import issued_report, read_report
from services.public.timeline import Proof, prove

router = APIRouter(route_class=ApiRoute, tags=["public"])


@router.get("/projects/{code}", response_model=shapes.ProjectPublic)
def project(session: SessionDep, _: Anyone, code: str) -> Any:
    """Show everything public about a project."""
    return read_public_project(session, code)


@router.get("/projects/{code}/proofs/{position}")
def proof(session: SessionDep, _: Anyone, code: str, position: int) -> Proof:
    """Recompute one entry of a project's timeline in the audit chain."""
    return prove(session, public_project(session, code).code, position)


@router.get(
    "/projects/{code}/report",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "The report."}},
)
def report(
    session: SessionDep, _: Anyone, code: str, lang: shapes.Lang = "zh", form: str = "pdf"
) -> Response:
    """Send a closed project's report: `form` is `pdf` or `html`."""
    report = issued_report(session, public_project(session, code), lang, form)
    # Read without a connection to the database: the store may be slow.
    session.close()
    return as_download(read_report(report), "application/octet-stream", report.filename)
