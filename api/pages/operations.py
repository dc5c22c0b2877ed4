"""The operator's page, the way into Prefect's UI, and the demo's clock."""

from uuid import UUID

from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import Operator, SessionDep, SignedIn
from api.form_routes import FormRouter
from api.forms import TypedDep
from api.pages.gates import act
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
    return v.page("operations.html", o=o)


@router.get("/prefect")
def prefect(session: SessionDep, v: SignedIn, run: UUID | None = None) -> RedirectResponse:
    """Lead into Prefect's UI, signed in."""
    link = enter_prefect(session, actor=v.actor, run=run)
    return RedirectResponse(link, 303, headers={"Cache-Control": "no-store"})


@router.form("/desk/{code}/{key}/pass-time", shown="/desk/{code}/{key}")
def pass_time(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """In a demo, move the clock to the date for which a gate waits."""
    gate = find_gate_keyed(session, code, key)[1]

    def do() -> None:
        if gate.due_at is not None:
            move_demo_clock(session, to=gate.due_at)

    return act(session, v, typed, (code, key), do, "time")
