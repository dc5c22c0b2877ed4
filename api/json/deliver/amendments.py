"""Amendments of an agreement: proposed by a side, decided by the other."""

from fastapi import APIRouter

from api.deps import SessionDep
from api.json.access import Idempotent, Working
from api.json.routing import ApiRoute
from services.deliver import amendments
from services.projects.forming import project_coded

router = APIRouter(route_class=ApiRoute, tags=["lifecycle"])


@router.post("/projects/{code}/amendments", status_code=204, dependencies=[Idempotent])
def propose(session: SessionDep, who: Working, code: str, sent: amendments.AmendmentCreate) -> None:
    """Propose other dates, instalments or targets, with a reason; the other side decides."""
    amendments.propose_amendment(
        session, project_id=project_coded(session, code).id, actor=who.actor, amendment=sent
    )


@router.patch("/projects/{code}/amendments/{number}", status_code=204, dependencies=[Idempotent])
def decide_amendment(
    session: SessionDep,
    who: Working,
    code: str,
    number: int,
    sent: amendments.AmendmentUpdate,
) -> None:
    """Approve or dismiss what the other side has proposed, with a reason."""
    amendments.decide_amendment(
        session,
        project_id=project_coded(session, code).id,
        number=number,
        actor=who.actor,
        decision=sent,
    )


@router.delete("/projects/{code}/amendments/{number}", status_code=204, dependencies=[Idempotent])
def withdraw_amendment(session: SessionDep, who: Working, code: str, number: int) -> None:
    """Take back what the caller's side has proposed."""
    amendments.withdraw_amendment(
        session, project_id=project_coded(session, code).id, number=number, actor=who.actor
    )
