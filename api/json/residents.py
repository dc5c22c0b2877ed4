"""What residents do: report and support needs, answer by the code on a printed sheet."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from api.answers import fields_under
from api.deps import SessionDep
from api.json.access import Anyone, Once, Working
from api.json.routing import ApiRoute
from api.json.shapes import gates as gate_shapes
from api.json.shapes import needs as shapes
from api.json.shapes.base import Listing
from api.json.shapes.questions import asked_of
from api.language import path_in
from api.security import Often
from api.site import require_reachable, site_of
from models.session import unit_of_work
from services.assess.resident_tokens import (
    WORDS,
    answer_ballot,
    issue_sheets,
    printed_sheets,
    read_ballot,
)
from services.needs.needs_register import read_need
from services.needs.report_need import NeedCreate, report_need, similar_needs, support_need

router = APIRouter(route_class=ApiRoute, tags=["residents"])
Seldom = Annotated[None, Depends(Often("residents", 60))]


def _supporter(request: Request, who: Anyone) -> str:
    """Return what tells one supporter from another: the person, or else the address."""
    if who:
        return str(who.actor.person_id)
    return f"address:{request.client.host if request.client else ''}"


@router.post("/needs/similar", response_model=Listing[shapes.SimilarPublic])
def similar(session: SessionDep, _: Anyone, __: Seldom, sent: NeedCreate) -> Any:
    """List what was reported before and is much like this, to be supported instead."""
    return {"items": similar_needs(session, sent)}


@router.post("/needs", status_code=201, response_model=shapes.NeedPublic, dependencies=[Once])
def report(
    request: Request,
    session: SessionDep,
    who: Anyone,
    _: Seldom,
    sent: NeedCreate,
    answer: Response,
) -> Any:
    """Report a need; the very same again is supported instead. No token is asked for."""
    need = report_need(session, report=sent, supporter=_supporter(request, who))
    answer.headers["Location"] = f"/api/v1/needs/{need.code}"
    return read_need(session, need.code)


@router.put("/needs/{code}/support", response_model=shapes.SupportPublic, dependencies=[Once])
def support(request: Request, session: SessionDep, who: Anyone, _: Seldom, code: str) -> Any:
    """Stand behind a need: once a person, without a token once an address."""
    new = support_need(session, code=code, supporter=_supporter(request, who))
    return {"new": new, "supporters": read_need(session, code).item.supporters}


@router.get("/ballots/{token}", response_model=gate_shapes.BallotPublic)
def ballot(session: SessionDep, _: Anyone, __: Seldom, token: str) -> Any:
    """Show what a printed code asks; reading it changes nothing."""
    ballot = read_ballot(session, token)
    return {**ballot._asdict(), "criteria": ballot.criteria, "questions": asked_of(ballot.sheet)}


@router.post("/ballots/{token}", status_code=204, dependencies=[Once])
def answer_code(
    request: Request,
    session: SessionDep,
    who: Anyone,
    __: Seldom,
    token: str,
    sent: gate_shapes.BallotCreate,
) -> None:
    """Answer by a printed code; it is used up."""
    given = {**sent.marks, WORDS.code: sent.words}
    with fields_under("marks", named={WORDS.code: WORDS.code}):
        answer_ballot(session, token=token, given=given, device=_supporter(request, who))


@router.post(
    "/projects/{code}/sheets",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}, "description": "Sheets to print."}},
)
def sheets(
    request: Request, session: SessionDep, who: Working, code: str, sent: gate_shapes.SheetsCreate
) -> Response:
    """Print sheets with a code each; the codes are given nowhere else."""
    require_reachable(request, anyway=sent.anyway)
    # Committed before it is printed: rendering takes a while, and the project is locked.
    with unit_of_work(apart=True) as other:
        made = issue_sheets(other, code=code, actor=who.actor, count=sent.count)
    base = site_of(request) + path_in(request.state.lang, "")
    pdf = printed_sheets(session, code, made, base, request.state.lang)
    return Response(pdf, media_type="application/pdf")
