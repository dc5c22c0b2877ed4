"""Cancel a project before its award takes effect."""

from fastapi import APIRouter

from api.deps import SessionDep
from api.json.access import Idempotent, Working
from api.json.routing import ApiRoute
from models.shapes import Reason
from services.cancelling import cancel_project
from services.projects.forming import project_coded

router = APIRouter(route_class=ApiRoute, tags=["lifecycle"])


@router.post("/projects/{code}/cancellation", status_code=204, dependencies=[Idempotent])
def cancel(session: SessionDep, who: Working, code: str, sent: Reason) -> None:
    """Cancel a project before its award takes effect, with a public reason."""
    project = project_coded(session, code)
    cancel_project(session, project_id=project.id, actor=who.actor, cancellation=sent)
