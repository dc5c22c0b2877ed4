"""What anybody reads: the board, projects, the register of needs, places and categories."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.deps import SessionDep
from api.files import as_download
from api.json.access import Anyone
from api.json.routing import ApiRoute
from api.json.shapes import needs as need_shapes
from api.json.shapes import organisations as organisation_shapes
from api.json.shapes import projects as shapes
from api.json.shapes.base import Cursor, Listing
from domain.needs.categories import CATEGORY_NAMES
from domain.public.board import Heading
from models.needs import NeedStatus
from services.district.places import list_communities
from services.needs.needs_register import NeedsFilter, read_need, read_needs_register
from services.projects.forming import public_project
from services.public.board import PAGE, BoardFilter, BoardPage, read_board
from services.public.organisations import list_organisations, read_organisation
from services.public.public_project import read_public_project
from services.public.public_reports import issued_report, read_report
from services.public.timeline import Proof, prove

router = APIRouter(route_class=ApiRoute, tags=["public"])

Limit = Annotated[int, Query(ge=1, le=100, description="How many a page holds.")]
Search = Annotated[str, Query(max_length=60, description="Words of a title, or a whole code.")]
Street = Annotated[str, Query(max_length=12, description="A street's code.")]
Category = Annotated[str, Query(max_length=40, description="A category's code.")]


@router.get("/projects", response_model=shapes.BoardPublic)
def board(
    session: SessionDep,
    _: Anyone,
    heading: Heading | None = None,
    street: Street = "",
    category: Category = "",
    q: Search = "",
    since: date | None = None,
    until: date | None = None,
    cursor: Cursor = "",
    limit: Limit = PAGE,
) -> BoardPage:
    """List the board: calls that close soonest first, else the newest projects first."""
    asked = BoardFilter(heading, street, category, q, since, until)
    return read_board(session, asked, after=cursor, size=limit)


@router.get("/projects/{code}", response_model=shapes.ProjectPublic)
def project(session: SessionDep, _: Anyone, code: str) -> Any:
    """Show everything public about a project."""
    return read_public_project(session, code)


@router.get("/projects/{code}/proofs/{position}", response_model=shapes.ProofPublic)
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


@router.get("/needs", response_model=need_shapes.NeedsPublic)
def needs(
    session: SessionDep,
    _: Anyone,
    status: NeedStatus | None = None,
    street: Street = "",
    category: Category = "",
    q: Search = "",
    cursor: Cursor = "",
    limit: Limit = PAGE,
) -> Any:
    """List the register of needs, the newest first."""
    asked = NeedsFilter(status, street, category, q)
    return read_needs_register(session, asked, after=cursor, size=limit)


@router.get("/needs/{code}", response_model=need_shapes.NeedPublic)
def need(session: SessionDep, _: Anyone, code: str) -> Any:
    """Show what became of one need."""
    return read_need(session, code)


@router.get("/organisations", response_model=organisation_shapes.OrganisationsPublic)
def organisations(
    session: SessionDep,
    _: Anyone,
    q: Search = "",
    cursor: Cursor = "",
    limit: Limit = PAGE,
) -> Any:
    """List organisations by name."""
    return list_organisations(session, text=q, after=cursor, size=limit)


@router.get(
    "/organisations/{organisation_id}", response_model=organisation_shapes.OrganisationPublic
)
def organisation(session: SessionDep, _: Anyone, organisation_id: UUID) -> Any:
    """Show an organisation's public profile."""
    return read_organisation(session, organisation_id)


@router.get("/places", response_model=Listing[need_shapes.StreetPlaces])
def places(session: SessionDep, _: Anyone) -> Any:
    """List the streets with their communities."""
    return {
        "items": [
            {"street": street, "communities": [{"code": key, "name": name} for key, name in held]}
            for street, held in list_communities(session)
        ]
    }


@router.get("/categories", response_model=Listing[need_shapes.CategoryPublic])
def categories(_: Anyone) -> Any:
    """List the categories of needs and projects."""
    return {"items": [{"code": key, "name": name} for key, name in CATEGORY_NAMES.items()]}
