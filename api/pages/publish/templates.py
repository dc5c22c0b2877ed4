"""Templates of calls."""

from uuid import UUID

from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import Administrator, SessionDep
from api.form_routes import FormRouter
from api.forms import FormData, FormDataDep
from api.view import View
from models import CallTemplate
from models.publish import Indicator
from services.publish.call_templates import (
    CallTemplateCreate,
    find_template,
    keep_template,
    list_templates,
    remove_template,
)

router = FormRouter(prefix="/admin/templates")
_PARTS = tuple(Indicator.model_fields)


@router.get("")
def templates(session: SessionDep, v: Administrator) -> HTMLResponse:
    """List the templates."""
    return v.page("publish/templates.html", templates=list_templates(session))


def _template(v: View, call_template: CallTemplate | None = None) -> HTMLResponse:
    stored = (
        {"name": call_template.name, "category": call_template.category, **call_template.content}
        if call_template
        else {}
    )
    return v.page("publish/template.html", stored=FormData.of(stored), call_template=call_template)


@router.get("/new")
def new(v: Administrator) -> HTMLResponse:
    """Show the empty form."""
    return _template(v)


@router.get("/{template_id}")
def template(session: SessionDep, v: Administrator, template_id: UUID) -> HTMLResponse:
    """Show a template, to be changed."""
    return _template(v, find_template(session, template_id))


def _keep(session: Session, v: View, typed: FormData, template_id: UUID | None = None) -> Response:
    form = typed.read(CallTemplateCreate, outcomes=_PARTS)
    keep_template(session, actor=v.actor, form=form, template_id=template_id)
    return v.go("/admin/templates", done="saved")


@router.form("/new", shown="/admin/templates/new")
def add(session: SessionDep, v: Administrator, typed: FormDataDep) -> Response:
    """Add a template."""
    return _keep(session, v, typed)


@router.form("/{template_id}", shown="/admin/templates/{template_id}")
def change(
    session: SessionDep, v: Administrator, typed: FormDataDep, template_id: UUID
) -> Response:
    """Change a template."""
    return _keep(session, v, typed, template_id)


@router.form("/{template_id}/remove", shown="/admin/templates")
def remove(session: SessionDep, v: Administrator, _: FormDataDep, template_id: UUID) -> Response:
    """Remove a template."""
    remove_template(session, actor=v.actor, template_id=template_id)
    return v.go("/admin/templates", done="removed")
