"""Residents' ballots: sheets with a code each, and the answer by a code."""

from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import HTMLResponse, Response

from api.deps import Anybody, SessionDep, SignedIn
from api.files import as_download
from api.form_routes import FormRouter
from api.forms import FormDataDep
from api.security import RateLimit
from api.site import require_reachable
from api.visitors import COOKIE
from models.session import unit_of_work
from services.assess.resident_tokens import (
    SheetsCreate,
    answer_ballot,
    issue_sheets,
    paper_sheet,
    printed_sheets,
    read_ballot,
)

router = FormRouter()
Seldom = Annotated[None, Depends(RateLimit("residents", 60))]


@router.get("/r/{token}")
def ballot(session: SessionDep, v: Anybody, token: str) -> HTMLResponse:
    """Show a resident the questions of their sheet; scanning it changes nothing."""
    return v.page("assess/ballot.html", b=read_ballot(session, token))


@router.form("/r/{token}", shown="/r/{token}", open_to_all=True)
def answer(
    request: Request, session: SessionDep, v: Anybody, typed: FormDataDep, token: str, _: Seldom
) -> Response:
    """Record the answer; the code is used up."""
    asked = read_ballot(session, token)
    answer_ballot(
        session,
        token=token,
        given={name: typed.all(name) for name in asked.sheet.names()},
        device=request.cookies[COOKIE],
    )
    return v.go(f"/projects/{asked.code}", done="thanks")


@router.get("/desk/{code}/{key}/paper-sheet")
def paper(session: SessionDep, v: SignedIn, code: str) -> Response:
    """Send the questions on paper, for residents who have no phone."""
    body = paper_sheet(session, code, v.actor, v.lang)
    return as_download(body, "application/pdf", f"{code}-paper.pdf")


@router.form("/desk/{code}/{key}/sheets", shown="/desk/{code}/{key}", takes=SheetsCreate)
def sheets(
    request: Request, session: SessionDep, v: SignedIn, typed: FormDataDep, code: str
) -> Response:
    """Print sheets with a code each; the codes are shown nowhere else."""
    require_reachable(request, anyway=typed.has("anyway"))
    wanted = typed.read(SheetsCreate)
    # Committed before it is printed: rendering takes a while, and the project is locked.
    with unit_of_work(apart=True) as other:
        made = issue_sheets(other, code=code, actor=v.actor, wanted=wanted)
    return Response(
        printed_sheets(session, code, made, v.absolute(""), v.lang),
        media_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{code}-sheets.pdf"',
            "Cache-Control": "private, no-store",
        },
    )
