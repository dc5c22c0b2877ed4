"""Templates of calls."""

from uuid import UUID

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import Administrator, SessionDep
from api.errors import status_of
from api.forms import Typed, TypedDep, refused
from api.view import View
from domain.errors import JiebangError
from models import CallTemplate
from models.calls import Indicator
from services.publish.call_templates import (
    CallTemplateCreate,
    find_template,
    keep_template,
    list_templates,
    remove_template,
)

router = APIRouter(prefix="/admin/templates")
_PARTS = tuple(Indicator.model_fields)


@router.get("")
def templates(session: SessionDep, v: Administrator) -> HTMLResponse:
    """List the templates."""
    return v.page("admin/templates.html", templates=list_templates(session))


def _template(v: View, f: Typed, held: CallTemplate | None = None) -> HTMLResponse:
    if f.error is None and held:
        f = Typed.of({"name": held.name, "category": held.category, **held.content})
    status = status_of(f.error) if f.error else 200
    return v.page("admin/template.html", status=status, f=f, held=held)


@router.get("/new")
def new(v: Administrator) -> HTMLResponse:
    """Show the empty form."""
    return _template(v, Typed())


@router.get("/{template_id}")
def template(session: SessionDep, v: Administrator, template_id: UUID) -> HTMLResponse:
    """Show a template, to be changed."""
    return _template(v, Typed(), find_template(session, template_id))


def _keep(session: Session, v: View, typed: Typed, template_id: UUID | None = None) -> Response:
    try:
        form = typed.read(CallTemplateCreate, outcomes=_PARTS)
        keep_template(session, actor=v.actor, form=form, template_id=template_id)
    except JiebangError as error:
        f = refused(session, typed, error)
        return _template(v, f, find_template(session, template_id) if template_id else None)
    return v.go("/admin/templates", done="saved")


@router.post("/new")
def add(session: SessionDep, v: Administrator, typed: TypedDep) -> Response:
    """Add a template."""
    return _keep(session, v, typed)


@router.post("/{template_id}")
def change(session: SessionDep, v: Administrator, typed: TypedDep, template_id: UUID) -> Response:
    """Change a template."""
    return _keep(session, v, typed, template_id)


@router.post("/{template_id}/remove")
def remove(session: SessionDep, v: Administrator, _: TypedDep, template_id: UUID) -> Response:
    """Remove a template."""
    remove_template(session, actor=v.actor, template_id=template_id)
    return v.go("/admin/templates", done="removed")
