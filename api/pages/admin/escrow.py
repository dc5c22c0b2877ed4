"""Openings that wait, and the escrow share for a lost one."""

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import Administrator, SessionDep
from api.errors import status_of
from api.forms import Typed, TypedDep
from api.pages.proving import act_proved
from api.view import View
from services.bid.escrow import ask_escrow, confirm_escrow, has_escrow, waiting_openings

router = APIRouter(prefix="/admin/openings")


def _page(session: Session, v: View, f: Typed) -> HTMLResponse:
    return v.page(
        "admin/openings.html",
        status=status_of(f.error) if f.error else 200,
        f=f,
        waiting=waiting_openings(session, actor=v.actor),
        has_escrow=has_escrow(session),
    )


@router.get("")
def openings(session: SessionDep, v: Administrator) -> HTMLResponse:
    """List the openings that wait."""
    return _page(session, v, Typed())


@router.post("/{code}/ask")
def ask(session: SessionDep, v: Administrator, typed: TypedDep, code: str) -> Response:
    """Ask for the escrow share."""
    return act_proved(
        session,
        v,
        typed,
        lambda actor: ask_escrow(session, actor=actor, code=code, reason=typed.text("reason")),
        again=lambda f: _page(session, v, f),
        then=lambda _: v.go("/admin/openings", done="escrow-asked"),
    )


@router.post("/{code}/confirm")
def confirm(session: SessionDep, v: Administrator, typed: TypedDep, code: str) -> Response:
    """Use the escrow share."""
    return act_proved(
        session,
        v,
        typed,
        lambda actor: confirm_escrow(session, actor=actor, code=code, key=typed.text("key")),
        again=lambda f: _page(session, v, f),
        then=lambda _: v.go("/admin/openings", done="escrow-used"),
    )
