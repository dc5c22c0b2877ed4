"""Templates of calls."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from api.deps import SessionDep
from api.json.access import Administering, Idempotent, IfMatch, Reading
from api.json.routing import ApiRoute, require_match
from api.json.shapes import administration as shapes
from api.json.shapes.base import Listing
from services.identity.actors import require_administrator
from services.publish import call_templates

router = APIRouter(route_class=ApiRoute, tags=["administration"])


@router.get("/templates", response_model=Listing[shapes.TemplatePublic])
def list_templates(session: SessionDep, _: Reading) -> Any:
    """List the templates that calls may begin with."""
    return {"items": call_templates.list_templates(session)}


@router.post(
    "/templates", status_code=201, response_model=shapes.TemplatePublic, dependencies=[Idempotent]
)
def add_template(
    session: SessionDep, who: Administering, sent: call_templates.CallTemplateCreate
) -> Any:
    """Add a template of calls."""
    made = call_templates.keep_template(session, actor=who.actor, form=sent)
    return call_templates.find_template(session, made)


@router.get("/templates/{template_id}", response_model=shapes.TemplatePublic)
def template(session: SessionDep, _: Reading, template_id: UUID) -> Any:
    """Show a template."""
    return call_templates.find_template(session, template_id)


@router.put(
    "/templates/{template_id}", response_model=shapes.TemplatePublic, dependencies=[Idempotent]
)
def change_template(
    session: SessionDep,
    who: Administering,
    template_id: UUID,
    sent: call_templates.CallTemplateCreate,
    if_match: IfMatch = None,
) -> Any:
    """Replace a template: `If-Match` is its ETag; calls drafted from it stay as they are."""
    require_administrator(session, who.actor)
    call_template = call_templates.find_template(session, template_id, lock=True)
    require_match(if_match, shapes.TemplatePublic.model_validate(call_template))
    call_templates.keep_template(session, actor=who.actor, form=sent, template_id=template_id)
    return call_template


@router.delete("/templates/{template_id}", status_code=204, dependencies=[Idempotent])
def remove_template(session: SessionDep, who: Administering, template_id: UUID) -> None:
    """Remove a template; calls drafted from it stay as they are."""
    call_templates.remove_template(session, actor=who.actor, template_id=template_id)
