"""What residents do: report needs, and support them."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from api.deps import SessionDep
from api.json.access import Anyone, Idempotent, caller_of
from api.json.routing import ApiRoute
from api.json.shapes import needs as shapes
from api.json.shapes.base import Listing
from api.security import RateLimit
from services.needs.needs_register import NeedLine, NeedView, read_need
from services.needs.report_need import NeedCreate, report_need, similar_needs, support_need

router = APIRouter(route_class=ApiRoute, tags=["residents"])
Seldom = Annotated[None, Depends(RateLimit("residents", 60))]


@router.post("/needs/similar", response_model=Listing[NeedLine])
def similar(session: SessionDep, _: Anyone, __: Seldom, sent: NeedCreate) -> Any:
    """List what was reported before and is much like this, to be supported instead."""
    return {"items": similar_needs(session, sent)}


@router.post("/needs", status_code=201, dependencies=[Idempotent])
def report(
    request: Request,
    session: SessionDep,
    who: Anyone,
    _: Seldom,
    sent: NeedCreate,
    answer: Response,
) -> NeedView:
    """Report a need; the very same again is supported instead. No token is asked for."""
    need = report_need(session, report=sent, supporter=caller_of(request, who))
    answer.headers["Location"] = f"/api/v1/needs/{need.code}"
    return read_need(session, need.code)


@router.put("/needs/{code}/support", response_model=shapes.SupportPublic, dependencies=[Idempotent])
def support(request: Request, session: SessionDep, who: Anyone, _: Seldom, code: str) -> Any:
    """Stand behind a need: once a person, without a token once an address."""
    new = support_need(session, code=code, supporter=caller_of(request, who))
    return {"new": new, "supporters": read_need(session, code).item.supporters}
