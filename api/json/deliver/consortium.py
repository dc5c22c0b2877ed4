"""The consortium that delivers a project: a partner is replaced by a recorded decision."""

from fastapi import APIRouter

from api.deps import SessionDep
from api.json.access import Idempotent, Reading, Working
from api.json.routing import ApiRoute
from api.json.shapes.consortia import ConsortiumPublic
from services.deliver import replacements
from services.deliver.consortium_page import ConsortiumPage, read_consortium
from services.projects.forming import project_coded

router = APIRouter(route_class=ApiRoute, tags=["delivery"], prefix="/projects/{code}")


@router.get("/consortium", response_model=ConsortiumPublic)
def consortium(session: SessionDep, who: Reading, code: str) -> ConsortiumPage:
    """Show the consortium to its members, to who is to join it, and to the street."""
    return read_consortium(session, project_coded(session, code), who.grants)


@router.post("/replacements", status_code=204, dependencies=[Idempotent])
def propose(
    session: SessionDep, who: Working, code: str, sent: replacements.ReplacementCreate
) -> None:
    """Propose, as the lead, another organisation in a partner's place."""
    replacements.propose_replacement(
        session, project_id=project_coded(session, code).id, actor=who.actor, proposal=sent
    )


@router.post("/replacements/{number}/confirmation", status_code=204, dependencies=[Idempotent])
def confirm(session: SessionDep, who: Working, code: str, number: int) -> None:
    """Confirm, as the organisation asked, the place that is offered."""
    replacements.confirm_replacement(
        session, project_id=project_coded(session, code).id, number=number, actor=who.actor
    )


@router.put("/replacements/{number}/statement", status_code=204, dependencies=[Idempotent])
def state(
    session: SessionDep, who: Working, code: str, number: int, sent: replacements.StatementUpdate
) -> None:
    """Say, as the partner that is to leave, what there is to say."""
    replacements.state_on_replacement(
        session,
        project_id=project_coded(session, code).id,
        number=number,
        actor=who.actor,
        statement=sent,
    )


@router.patch("/replacements/{number}", status_code=204, dependencies=[Idempotent])
def decide(
    session: SessionDep, who: Working, code: str, number: int, sent: replacements.ReplacementUpdate
) -> None:
    """Decide, as the street, with a reason that is public."""
    replacements.decide_replacement(
        session,
        project_id=project_coded(session, code).id,
        number=number,
        actor=who.actor,
        decision=sent,
    )


@router.delete("/replacements/{number}", status_code=204, dependencies=[Idempotent])
def withdraw(session: SessionDep, who: Working, code: str, number: int) -> None:
    """Take the proposal back as the lead, or decline the place as the organisation asked."""
    replacements.withdraw_replacement(
        session, project_id=project_coded(session, code).id, number=number, actor=who.actor
    )
