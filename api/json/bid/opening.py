"""The opening of bids by those who hold its shares."""

from fastapi import APIRouter

from api.deps import SessionDep
from api.json.access import Working
from api.json.routing import ApiRoute
from api.json.shapes import gates as shapes
from domain.errors import NotPermitted
from domain.text import Text
from models.session import unit_of_work
from services.bid import openings
from services.projects.forming import project_coded
from services.seal.seal_keys import unlock_key

router = APIRouter(route_class=ApiRoute, tags=["lifecycle"])


@router.post("/projects/{code}/opening", status_code=204)
def attend(session: SessionDep, who: Working, code: str, sent: shapes.AttendanceCreate) -> None:
    """Be present at the opening with the caller's share; the bids open once all openers are."""
    project = project_coded(session, code)
    openings.require_opener(session, project, who.actor)
    with unit_of_work(apart=True) as other:
        private = unlock_key(other, who.actor.person_id, sent.passphrase)
    if isinstance(private, Text):
        raise NotPermitted(zh=private.zh, en=private.en)
    openings.attend_opening(session, project_id=project.id, actor=who.actor, private=private)
