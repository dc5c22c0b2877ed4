"""Help, and whether the web is alive."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, PlainTextResponse

from api.deps import Anybody
from api.process_diagram import HEIGHT, diagram_of
from api.security import ORIGINS
from models.session import answers
from services.gates.process_kits import process_kits

router = APIRouter()


@router.get("/help")
def explain(v: Anybody) -> HTMLResponse:
    """Explain the board to a newcomer."""
    processes = [(kit, diagram_of(kit)) for kit in process_kits()]
    return v.page("help.html", processes=processes, height=HEIGHT)


@router.get("/healthz")
def health(request: Request) -> PlainTextResponse:
    """Say whether the database answers, however busy the pages are.

    On this machine it also says where everybody seems to come from, for ``jiebang doctor``.
    """
    well = answers()
    answer = PlainTextResponse("ok" if well else "no database", 200 if well else 503)
    only = ORIGINS.only()
    if only and request.client and request.client.host == "127.0.0.1":
        answer.headers["X-Only-Address"] = only
    return answer
