"""The operator's page, and the demo's clock."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from api.deps import Operator, SessionDep, SignedIn
from api.forms import TypedDep
from api.pages.gates import act
from services.clock import move_demo_clock
from services.execution.operations import read_operations
from services.gates.gate_page import find_gate_keyed

router = APIRouter()


@router.get("/operations")
def operations(session: SessionDep, v: Operator) -> HTMLResponse:
    """Show how the platform is doing."""
    return v.page("operations.html", o=read_operations(session))


@router.post("/desk/{code}/{key}/pass-time")
def pass_time(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """In a demo, move the clock to the date for which a gate waits."""
    gate = find_gate_keyed(session, code, key)[1]

    def do() -> None:
        if gate.due_at is not None:
            move_demo_clock(session, to=gate.due_at)

    return act(session, v, typed, (code, key), do, "time")
