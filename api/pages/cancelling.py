"""Cancel a project before its award takes effect."""

from starlette.responses import Response

from api.gate_forms import AtGate, gate_router
from models.shapes import Reason
from services.cancelling import cancel_project

router = gate_router()


@router.form("/cancel", takes=Reason)
def cancel(at: AtGate) -> Response:
    """Cancel a project before its award takes effect, with a public reason."""
    reason = at.read(Reason)
    cancel_project(at.session, project_id=at.project_id, actor=at.actor, cancellation=reason)
    return at.v.go(f"/projects/{at.code}", done="cancelled")
