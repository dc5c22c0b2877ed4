"""A panel: how it is formed, what its members mark, change and meet over, and its minutes."""

from typing import Any

from fastapi import APIRouter

from api.answers import fields_under
from api.deps import SessionDep
from api.json.access import Idempotent, Reading, Working
from api.json.routing import ApiRoute
from api.json.shapes import bids as bid_shapes
from api.json.shapes import panel as shapes
from api.json.shapes.base import Listing
from services.award import panel_scores, panels
from services.award.gates import FORMING, SCORING
from services.award.minutes import read_minutes
from services.award.panel_seats import require_cleared
from services.award.panels import InterestCreate, PanelCreate, candidates_for
from services.bid.bid_sheets import bid_sheets
from services.bid.opened_bids import bid_receipted
from services.gates.work_at import require_at
from services.projects.forming import project_coded
from services.publish.present_call import current_call

router = APIRouter(route_class=ApiRoute, tags=["lifecycle"])


@router.get("/projects/{code}/panel/candidates", response_model=Listing[shapes.CandidatePublic])
def candidates(session: SessionDep, who: Reading, code: str) -> Any:
    """List who may be on the panel, for whom it is to form."""
    project = require_at(session, who.actor, who.grants, code, FORMING)
    by_party = candidates_for(session, project, who.actor.person_id)
    return {
        "items": [
            {"id": person.id, "name": person.name, "party": party, "interested": interested}
            for party, people in by_party.items()
            for person, interested, former in people
            if not former
        ]
    }


@router.put("/projects/{code}/panel", status_code=204, dependencies=[Idempotent])
def form_panel(session: SessionDep, who: Working, code: str, sent: PanelCreate) -> None:
    """Form the panel with its reserve list, and name its chair."""
    panels.form_panel(
        session, project_id=project_coded(session, code).id, actor=who.actor, panel=sent
    )


@router.put("/projects/{code}/panel/interest", status_code=204, dependencies=[Idempotent])
def declare(session: SessionDep, who: Working, code: str, sent: InterestCreate) -> None:
    """Declare whether one has an interest; only then are bids shown."""
    panels.declare_interest(
        session,
        project_id=project_coded(session, code).id,
        actor=who.actor,
        declaration=sent,
    )


@router.get("/projects/{code}/bids", response_model=Listing[bid_shapes.BidSheetPublic])
def opened(session: SessionDep, who: Reading, code: str) -> Any:
    """Show the opened bids to a panel member who has declared no interest.

    A call that is read blind at first shows no members until the caller has marked every bid.
    """
    project = require_at(session, who.actor, who.grants, code, SCORING)
    member = require_cleared(session, project, who.actor)
    call = current_call(session, project)
    blind = call is not None and panel_scores.reads_blind(session, project, call, member)
    return {"items": bid_sheets(session, project, who.actor.person_id, blind=blind)}


@router.put("/projects/{code}/bids/{receipt}/score", status_code=204, dependencies=[Idempotent])
def score(
    session: SessionDep, who: Working, code: str, receipt: str, sent: shapes.ScoreCreate
) -> None:
    """Submit the caller's marks of an opened bid by the call's rubric; again replaces them."""
    bid = bid_receipted(session, project_coded(session, code), receipt)
    remark = panel_scores.REMARK.code
    with fields_under("marks", named={remark: remark}):
        panel_scores.score_bid(
            session, bid_id=bid.id, actor=who.actor, marks=sent.marks, remark=sent.remark
        )


@router.put(
    "/projects/{code}/bids/{receipt}/score/{criterion}", status_code=204, dependencies=[Idempotent]
)
def change(
    session: SessionDep,
    who: Working,
    code: str,
    receipt: str,
    criterion: str,
    sent: panel_scores.ChangeCreate,
) -> None:
    """Change one mark with a reason: in a meeting over marks that lie apart, or a second reading."""
    bid = bid_receipted(session, project_coded(session, code), receipt)
    panel_scores.change_mark(
        session, bid_id=bid.id, actor=who.actor, criterion=criterion, change=sent
    )


@router.put("/projects/{code}/panel/reading", status_code=204, dependencies=[Idempotent])
def reread(session: SessionDep, who: Working, code: str) -> None:
    """End the caller's second reading of a call that was read blind."""
    panel_scores.end_reading(session, project_id=project_coded(session, code).id, actor=who.actor)


@router.get("/projects/{code}/panel/apart", response_model=Listing[shapes.MarksApartPublic])
def apart(session: SessionDep, who: Reading, code: str) -> Any:
    """List the marks that lie too far apart, without names, for the members who meet over them."""
    project = require_at(session, who.actor, who.grants, code, SCORING)
    require_cleared(session, project, who.actor)
    return {"items": panel_scores.marks_apart(session, project)}


@router.put("/projects/{code}/panel/meeting", status_code=204, dependencies=[Idempotent])
def meeting(session: SessionDep, who: Working, code: str, sent: panel_scores.MeetingCreate) -> None:
    """Record the meeting over marks that lie apart, which ends the scoring; the chair does so."""
    panel_scores.record_meeting(
        session, project_id=project_coded(session, code).id, actor=who.actor, meeting=sent
    )


@router.get("/projects/{code}/panel/{number}/minutes", response_model=shapes.MinutesPublic)
def minutes(session: SessionDep, who: Reading, code: str, number: int) -> Any:
    """Show the minutes of a panel's round: who sat, what was marked, changed and ranked."""
    return read_minutes(session, who.actor, who.grants, code, number)
