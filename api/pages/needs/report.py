"""What residents do without an account: report needs, and support them."""

from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import Anybody, SessionDep
from api.form_routes import FormRouter
from api.forms import FormDataDep
from api.security import RateLimit
from api.view import View
from api.visitors import COOKIE
from services.district.places import list_communities
from services.needs.report_need import NeedCreate, report_need, similar_needs, support_need

router = FormRouter()
Seldom = Annotated[None, Depends(RateLimit("residents", 60))]


def _report_form(session: Session, v: View, similar: object = ()) -> HTMLResponse:
    return v.page(
        "needs/report.html",
        similar=similar,
        places=list_communities(session),
    )


def _supporter(request: Request, v: View) -> str:
    """Return what tells one supporter from another: the person, or else the browser."""
    return str(v.actor.person_id) if v.visitor else request.cookies[COOKIE]


@router.get("/report")
def ask(session: SessionDep, v: Anybody) -> HTMLResponse:
    """Ask what a resident needs."""
    return _report_form(session, v)


@router.form("/report", shown="/report", takes=NeedCreate, open_to_all=True)
def report(
    request: Request, session: SessionDep, v: Anybody, typed: FormDataDep, _: Seldom
) -> Response:
    """Register a need; similar needs reported before are shown first, to be supported instead."""
    told = typed.read(NeedCreate)
    if not typed.text("new") and (similar := similar_needs(session, told)):
        v.show_again()
        return _report_form(session, v, similar)
    need = report_need(session, report=told, supporter=_supporter(request, v))
    return v.go(f"/needs/{need.code}", done="need-reported")


@router.form("/needs/{code}/support", shown="/needs/{code}")
def support(
    request: Request, session: SessionDep, v: Anybody, _: FormDataDep, code: str, __: Seldom
) -> Response:
    """Count one more person behind a need, once a browser."""
    new = support_need(session, code=code, supporter=_supporter(request, v))
    return v.go(f"/needs/{code}", done="supported" if new else "supported-before")
