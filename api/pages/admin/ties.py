"""Who is close to organisations and alliances."""

from uuid import UUID

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import Administrator, SessionDep
from api.errors import status_of
from api.forms import Typed, TypedDep
from api.pages.proving import act_proved
from api.view import View
from domain.eligibility import ALLIANCE_NAMES
from domain.ties import TIE_NAMES
from services.district import ties

router = APIRouter(prefix="/admin/ties")


def _show(session: Session, v: View, f: Typed) -> HTMLResponse:
    return v.page(
        "admin/ties.html",
        status=status_of(f.error) if f.error else 200,
        f=f,
        ties=ties.list_ties(session, actor=v.actor),
        kinds=TIE_NAMES,
        alliances=ALLIANCE_NAMES,
    )


@router.get("")
def show(session: SessionDep, v: Administrator) -> HTMLResponse:
    """List who is close to whom."""
    return _show(session, v, Typed())


@router.post("")
def add(session: SessionDep, v: Administrator, typed: TypedDep) -> Response:
    """Say that somebody is close."""
    return act_proved(
        session,
        v,
        typed,
        lambda actor: ties.add_tie(session, actor=actor, form=typed.read(ties.TieCreate)),
        again=lambda f: _show(session, v, f),
        then=lambda _: v.go("/admin/ties", done="saved"),
    )


@router.post("/{tie_id}/end")
def end(session: SessionDep, v: Administrator, typed: TypedDep, tie_id: UUID) -> Response:
    """Say that it is over."""
    return act_proved(
        session,
        v,
        typed,
        lambda actor: ties.end_tie(session, actor=actor, tie_id=tie_id),
        again=lambda f: _show(session, v, f),
        then=lambda _: v.go("/admin/ties", done="removed"),
    )
