"""What is typed at a gate and not submitted yet: kept, and filled in from a template."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from api.deps import SessionDep, SignedIn
from api.errors import status_of
from api.forms import TypedDep, refused
from api.pages.gates import show_gate
from domain.errors import JiebangError
from models.shapes import Shape
from services.drafts import check_draft, gate_draft, read_draft, save_draft
from services.gates.gate_page import find_gate_keyed
from services.gates.work_at import require_task
from services.publish.call_templates import filled_in, find_template

router = APIRouter(prefix="/desk/{code}/{key}")
_NOT_KEPT: Final = frozenset({"quiet", "password", "verb", "version", "template"})


class TemplateChoice(Shape):
    """Which template was chosen."""

    template: UUID


@router.post("/draft")
def keep(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Keep what was typed at a gate; a script asks so now and then, a person by the button."""
    quiet = bool(typed.text("quiet"))
    try:
        project, held = find_gate_keyed(session, code, key)
        assert v.visitor is not None
        require_task(session, v.actor, v.visitor.grants, project, held, again=True)
        name = gate_draft(held.id, v.actor.person_id)
        kept = read_draft(session, name)
        values = (kept.content if kept else {}) | {
            name: said for name, said in typed.values.items() if name not in _NOT_KEPT
        }
        check_draft(values)
        save_draft(session, key=name, values=values, actor=v.actor)
    except JiebangError as error:
        if quiet:
            return JSONResponse({"error": error.say(v.lang)}, status_of(error))
        return show_gate(session, v, code, key, refused(session, typed, error))
    return JSONResponse({"saved": True}) if quiet else v.go(f"/desk/{code}/{key}", done="draft")


@router.post("/template")
def fill_in(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Fill a call's form in with a template, where nothing was typed; it is kept as a draft."""
    try:
        project, held = find_gate_keyed(session, code, key)
        assert v.visitor is not None
        require_task(session, v.actor, v.visitor.grants, project, held)
        template = find_template(session, typed.read(TemplateChoice).template)
        said = {field: one for field, one in typed.values.items() if field not in _NOT_KEPT}
        name = gate_draft(held.id, v.actor.person_id)
        kept = read_draft(session, name)
        values = (kept.content if kept else {}) | filled_in(template, said)
        check_draft(values)
        save_draft(session, key=name, values=values, actor=v.actor)
    except JiebangError as error:
        return show_gate(session, v, code, key, refused(session, typed, error))
    return v.go(f"/desk/{code}/{key}", done="template")
