"""The agreement that both sides confirm."""

from starlette.responses import Response

from api.gate_forms import AtGate, gate_router
from services.award import awards

router = gate_router()


@router.form("/agreement")
def agree(at: AtGate) -> Response:
    """Confirm the agreement for the visitor's side."""
    awards.confirm_agreement(at.session, project_id=at.project_id, actor=at.actor)
    return at.done("confirmed")
