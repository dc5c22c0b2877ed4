"""A call's form, filled in from a template and kept as a draft."""

from uuid import UUID

from starlette.responses import Response

from api.deps import SessionDep, SignedIn
from api.form_routes import FormRouter
from api.forms import NEVER_KEPT, FormDataDep
from models.shapes import Shape
from services.drafts import check_draft, form_draft, read_draft, save_draft
from services.gates.gate_page import find_gate_keyed
from services.gates.work_at import require_task
from services.publish.call_templates import filled_in, find_template

router = FormRouter(prefix="/desk/{code}/{key}")


class TemplateChoice(Shape):
    """Which template was chosen."""

    template: UUID


@router.form(
    "/template", shown="/desk/{code}/{key}", of="/desk/{code}/{key}/call", takes=TemplateChoice
)
def fill_in(session: SessionDep, v: SignedIn, typed: FormDataDep, code: str, key: str) -> Response:
    """Fill a call's form in with a template, where nothing was typed; it is kept as a draft."""
    project, gate = find_gate_keyed(session, code, key)
    assert v.visitor is not None
    require_task(session, v.actor, v.visitor.grants, project, gate)
    template = find_template(session, typed.read(TemplateChoice).template)
    typed_so_far = {name: texts for name, texts in typed.values.items() if name not in NEVER_KEPT}
    draft = form_draft(v.actor.person_id, f"/desk/{code}/{key}/call")
    kept = read_draft(session, draft)
    values = (kept.content if kept else {}) | filled_in(template, typed_so_far)
    check_draft(values)
    save_draft(session, key=draft, values=values, actor=v.actor)
    return v.go(f"/desk/{code}/{key}", done="template")
