"""Openings that wait, and the escrow share for a lost one."""

from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import Administrator, SessionDep
from api.form_routes import FormRouter
from api.forms import FormDataDep
from api.pages.identity.proving import proved
from api.view import View
from models.shapes import Reason
from services.bid.escrow import (
    EscrowConfirm,
    ask_escrow,
    confirm_escrow,
    has_escrow,
    waiting_openings,
)

router = FormRouter(prefix="/admin/openings")


def _page(session: Session, v: View) -> HTMLResponse:
    return v.page(
        "bid/escrow.html",
        waiting=waiting_openings(session, actor=v.actor),
        has_escrow=has_escrow(session),
    )


@router.get("")
def openings(session: SessionDep, v: Administrator) -> HTMLResponse:
    """List the openings that wait."""
    return _page(session, v)


@router.form("/{code}/ask", shown="/admin/openings", takes=Reason)
@proved
def ask(session: SessionDep, v: Administrator, typed: FormDataDep, code: str) -> Response:
    """Ask for the escrow share."""
    ask_escrow(session, actor=v.actor, code=code, request=typed.read(Reason))
    return v.go("/admin/openings", done="escrow-asked")


@router.form("/{code}/confirm", shown="/admin/openings", takes=EscrowConfirm)
@proved
def confirm(session: SessionDep, v: Administrator, typed: FormDataDep, code: str) -> Response:
    """Use the escrow share."""
    confirm_escrow(session, actor=v.actor, code=code, sent=typed.read(EscrowConfirm))
    return v.go("/admin/openings", done="escrow-used")
