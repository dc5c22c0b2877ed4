"""The agreement that both sides confirm."""

from fastapi import APIRouter

from api.deps import SessionDep
from api.json.access import Idempotent, Working
from api.json.routing import ApiRoute
from services.award import awards
from services.projects.forming import project_coded

router = APIRouter(route_class=ApiRoute, tags=["lifecycle"])


@router.post("/projects/{code}/agreement/confirmations", status_code=204, dependencies=[Idempotent])
def agree(session: SessionDep, who: Working, code: str) -> None:
    """Confirm the agreement for the caller's side."""
    awards.confirm_agreement(session, project_id=project_coded(session, code).id, actor=who.actor)
