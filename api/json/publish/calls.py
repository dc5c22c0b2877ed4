"""A call on its way to publication: submitted, and its ceiling mended."""

from fastapi import APIRouter

from api.deps import SessionDep
from api.json.access import Idempotent, Working
from api.json.routing import ApiRoute
from models import CallCreate
from services.projects.forming import project_coded
from services.publish import calls

router = APIRouter(route_class=ApiRoute, tags=["lifecycle"])


@router.post("/projects/{code}/calls", status_code=204, dependencies=[Idempotent])
def draft_call(session: SessionDep, who: Working, code: str, sent: CallCreate) -> None:
    """Submit a call, or its next version, for approval."""
    project = project_coded(session, code)
    calls.draft_call(session, project_id=project.id, actor=who.actor, draft=sent)


@router.patch("/projects/{code}/call", status_code=204, dependencies=[Idempotent])
def mend(session: SessionDep, who: Working, code: str, sent: calls.CeilingUpdate) -> None:
    """Put in the ceiling that a call lacks."""
    project = project_coded(session, code)
    calls.mend_ceiling(session, project_id=project.id, actor=who.actor, ceiling=sent.ceiling)
