"""Who is close to organisations and alliances."""

from uuid import UUID

from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import Administrator, SessionDep
from api.form_routes import FormRouter
from api.forms import TypedDep
from api.pages.proving import act_proved
from api.view import View
from domain.eligibility import ALLIANCE_NAMES
from domain.ties import TIE_NAMES
from services.district import ties

router = FormRouter(prefix="/admin/ties")


def _show(session: Session, v: View) -> HTMLResponse:
    return v.page(
        "admin/ties.html",
        ties=ties.list_ties(session, actor=v.actor),
        kinds=TIE_NAMES,
        alliances=ALLIANCE_NAMES,
    )


@router.get("")
def show(session: SessionDep, v: Administrator) -> HTMLResponse:
    """List who is close to whom."""
    return _show(session, v)


@router.form("", shown="/admin/ties", takes=ties.TieCreate)
def add(session: SessionDep, v: Administrator, typed: TypedDep) -> Response:
    """Say that somebody is close."""
    return act_proved(
        session,
        v,
        typed,
        lambda actor: ties.add_tie(session, actor=actor, form=typed.read(ties.TieCreate)),
        then=lambda _: v.go("/admin/ties", done="saved"),
    )


@router.form("/{tie_id}/end", shown="/admin/ties")
def end(session: SessionDep, v: Administrator, typed: TypedDep, tie_id: UUID) -> Response:
    """Say that it is over."""
    return act_proved(
        session,
        v,
        typed,
        lambda actor: ties.end_tie(session, actor=actor, tie_id=tie_id),
        then=lambda _: v.go("/admin/ties", done="removed"),
    )
