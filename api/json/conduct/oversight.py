"""Complaints, corrective action and the conduct list: in public, and by those concerned."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from api.deps import SessionDep
from api.json.access import Administering, Anyone, Idempotent, Working, proved_owner
from api.json.routing import ApiRoute
from api.json.shapes import conduct as shapes
from api.json.shapes.base import Listing
from api.security import RateLimit
from models.shapes import Reason
from services.conduct import complaints, conduct_list, corrective
from services.conduct.complaints import ComplaintCreate
from services.conduct.findings import VisitCreate, record_visit
from services.conduct.oversight import CorrectiveLine, ListedEntry, listed_entries, read_oversight
from services.projects.forming import project_coded

router = APIRouter(route_class=ApiRoute, tags=["conduct"])
Seldom = Annotated[None, Depends(RateLimit("residents", 60))]


@router.get("/projects/{code}/complaints", response_model=Listing[shapes.ComplaintPublic])
def list_complaints(session: SessionDep, _: Anyone, code: str) -> Any:
    """List a project's complaints; what one says is public with its answer."""
    return {"items": read_oversight(session, code).complaints}


@router.post(
    "/projects/{code}/complaints",
    status_code=201,
    response_model=shapes.ComplaintReceipt,
    dependencies=[Idempotent],
)
def complain(
    session: SessionDep, _: Anyone, __: Seldom, code: str, sent: ComplaintCreate, answer: Response
) -> Any:
    """File a complaint about a project under way. No token is asked for."""
    complaint = complaints.file_complaint(session, code=code, complaint=sent)
    answer.headers["Location"] = f"/api/v1/projects/{code}/complaints"
    return complaint


@router.put("/complaints/{code}/answer", status_code=204, dependencies=[Idempotent])
def answer_complaint(
    session: SessionDep, who: Working, code: str, sent: complaints.ComplaintAnswer
) -> None:
    """Answer a complaint, in public; upheld, it is to be corrected."""
    complaints.answer_complaint(
        session,
        complaint_id=complaints.complaint_coded(session, code).id,
        actor=who.actor,
        answer=sent,
    )


@router.get("/projects/{code}/corrective-actions", response_model=Listing[CorrectiveLine])
def actions(session: SessionDep, _: Anyone, code: str) -> Any:
    """List a project's corrective actions, the newest first."""
    return {"items": read_oversight(session, code).actions}


@router.get("/projects/{code}/delivery", response_model=shapes.DeliveryPublic)
def delivery(session: SessionDep, _: Anyone, code: str) -> Any:
    """Show how a project's delivery stands, and its visits."""
    oversight = read_oversight(session, code)
    return {
        "colour": oversight.delivery.colour if oversight.delivery else None,
        "reasons": oversight.delivery.reasons if oversight.delivery else [],
        "visits": oversight.visits,
    }


@router.post("/projects/{code}/visits", status_code=204, dependencies=[Idempotent])
def visit(session: SessionDep, who: Working, code: str, sent: VisitCreate) -> None:
    """Record a visit; a red one is a finding: a corrective action begins, or takes it up."""
    record_visit(session, project_id=project_coded(session, code).id, actor=who.actor, visit=sent)


@router.put("/corrective-actions/{code}/step", status_code=204, dependencies=[Idempotent])
def step(session: SessionDep, who: Working, code: str, sent: corrective.StepCreate) -> None:
    """Submit what is due from the organisation: plan, report or reply."""
    action = corrective.action_coded(session, code)
    corrective.write_step(session, action_id=action.id, actor=who.actor, step=sent)


@router.put("/corrective-actions/{code}/guidance", status_code=204, dependencies=[Idempotent])
def guide(session: SessionDep, who: Working, code: str, sent: corrective.StepCreate) -> None:
    """Give the guidance of an intervention, with its day."""
    action = corrective.action_coded(session, code)
    corrective.write_guidance(session, action_id=action.id, actor=who.actor, step=sent)


@router.put("/corrective-actions/{code}/hand-over", status_code=204, dependencies=[Idempotent])
def hand_over(
    session: SessionDep, who: Working, code: str, sent: corrective.HandOverCreate
) -> None:
    """Record who takes the beneficiaries over."""
    action = corrective.action_coded(session, code)
    corrective.record_hand_over(session, action_id=action.id, actor=who.actor, sent=sent)


@router.put(
    "/corrective-actions/{code}/hand-over/confirmation", status_code=204, dependencies=[Idempotent]
)
def confirm_hand_over(session: SessionDep, who: Working, code: str) -> None:
    """Confirm the hand-over for the organisation that leaves."""
    action = corrective.action_coded(session, code)
    corrective.confirm_hand_over(session, action_id=action.id, actor=who.actor)


@router.get("/conduct", response_model=Listing[ListedEntry])
def listed(session: SessionDep, _: Anyone, on: date | None = None) -> Any:
    """Show the conduct list as it is today, or as it was on a day."""
    return {"items": listed_entries(session, on=on)}


@router.put("/conduct/entries/{entry_id}/reply", status_code=204, dependencies=[Idempotent])
def reply(
    session: SessionDep, who: Working, entry_id: UUID, sent: conduct_list.ReplyCreate
) -> None:
    """Reply to a black entry that is proposed of the caller's organisation."""
    conduct_list.reply_to_entry(session, entry_id=entry_id, actor=who.actor, reply=sent)


@router.put("/conduct/lists/{code}/decisions", status_code=204, dependencies=[Idempotent])
def review(session: SessionDep, who: Working, code: str, sent: shapes.ListDecisions) -> None:
    """Decide every entry of a list with a reason; somebody else publishes it."""
    conduct_list.review_list(
        session,
        list_id=conduct_list.list_coded(session, code).id,
        actor=who.actor,
        verdicts={decision.entry: decision for decision in sent.decisions},
    )


@router.put("/conduct/entries/{entry_id}/repair", status_code=204, dependencies=[Idempotent])
def repair(session: SessionDep, who: Administering, entry_id: UUID, sent: Reason) -> None:
    """End a black entry before it expires, with a public reason."""
    conduct_list.repair_entry(session, entry_id=entry_id, actor=proved_owner(who), repair=sent)
