"""The operator's page, the way into Prefect's UI, and the demo's clock."""

from uuid import UUID

from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import Operator, SessionDep, SignedIn
from api.form_routes import FormRouter
from api.gate_forms import GATE, AtGate
from api.security import HIDDEN, ORIGINS
from domain.text import Text
from services.clock import move_demo_clock
from services.desk.operations import PartLine, read_operations
from services.execution.prefect_door import enter_prefect
from services.gates.gate_page import find_gate_keyed

router = FormRouter()


def of_the_web() -> tuple[PartLine, ...]:
    """Return what the web knows of itself."""
    only = ORIGINS.only()
    says = Text("来自多处", "from several places")
    if only:
        says = Text(HIDDEN.zh.format(address=only), HIDDEN.en.format(address=only))
    return (PartLine(Text("访问来源", "Where requests come from"), True, says, warns=bool(only)),)


@router.get("/operations")
def operations(session: SessionDep, v: Operator, after: str = "") -> HTMLResponse:
    """Show how the platform is doing."""
    o = read_operations(session, web=of_the_web(), after=after)
    return v.page("desk/operations.html", o=o)


@router.get("/prefect")
def prefect(session: SessionDep, v: SignedIn, run: UUID | None = None) -> RedirectResponse:
    """Lead into Prefect's UI, signed in."""
    link = enter_prefect(session, actor=v.actor, run=run)
    return RedirectResponse(link, 303, headers={"Cache-Control": "no-store"})


@router.form(GATE + "/pass-time", shown=GATE)
def pass_time(at: AtGate) -> Response:
    """In a demo, move the clock to the date for which a gate waits."""
    if due_at := find_gate_keyed(at.session, at.code, at.key)[1].due_at:
        move_demo_clock(at.session, to=due_at)
    return at.done("time")
