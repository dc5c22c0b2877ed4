"""Residents' ballots: the answer by a code, and printed sheets."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from api.answers import fields_under
from api.deps import SessionDep
from api.json.access import Anyone, Idempotent, Working, caller_of
from api.json.routing import ApiRoute
from api.json.shapes import gates as gate_shapes
from api.json.shapes.questions import asked_of
from api.language import path_in
from api.security import RateLimit
from api.site import require_reachable, site_of
from models.session import unit_of_work
from services.assess.resident_tokens import (
    WORDS,
    answer_ballot,
    issue_sheets,
    printed_sheets,
    read_ballot,
)

router = APIRouter(route_class=ApiRoute, tags=["residents"])
Seldom = Annotated[None, Depends(RateLimit("residents", 60))]


@router.get("/ballots/{token}", response_model=gate_shapes.BallotPublic)
def ballot(session: SessionDep, _: Anyone, __: Seldom, token: str) -> Any:
    """Show what a printed code asks; reading it changes nothing."""
    ballot = read_ballot(session, token)
    return {**ballot._asdict(), "criteria": ballot.criteria, "questions": asked_of(ballot.sheet)}


@router.post("/ballots/{token}", status_code=204, dependencies=[Idempotent])
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
        answer_ballot(session, token=token, given=given, device=caller_of(request, who))


@router.post(
    "/projects/{code}/sheets",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}, "description": "Sheets to print."}},
)
def sheets(
    request: Request,
    session: SessionDep,
    who: Working,
    code: str,
    sent: gate_shapes.SheetsAnywayCreate,
) -> Response:
    """Print sheets with a code each; the codes are given nowhere else."""
    require_reachable(request, anyway=sent.anyway)
    # Committed before it is printed: rendering takes a while, and the project is locked.
    with unit_of_work(apart=True) as other:
        made = issue_sheets(other, code=code, actor=who.actor, wanted=sent)
    base = site_of(request) + path_in(request.state.lang, "")
    pdf = printed_sheets(session, code, made, base, request.state.lang)
    return Response(pdf, media_type="application/pdf")
