"""A call on its way to publication: submitted, and its ceiling mended."""

from starlette.responses import Response

from api.gate_forms import AtGate, gate_router
from models import CallCreate, Indicator
from services.publish import calls

router = gate_router()


@router.form("/call", takes=CallCreate)
def draft_call(at: AtGate) -> Response:
    """Submit a call for approval."""
    draft = at.read(CallCreate, outcomes=tuple(Indicator.model_fields))
    calls.draft_call(at.session, project_id=at.project_id, actor=at.actor, draft=draft)
    return at.done("submitted")


@router.form("/ceiling", takes=calls.CeilingUpdate)
def mend(at: AtGate) -> Response:
    """Put in the call's missing ceiling."""
    ceiling = at.read(calls.CeilingUpdate).ceiling
    calls.mend_ceiling(at.session, project_id=at.project_id, actor=at.actor, ceiling=ceiling)
    return at.done("saved")
