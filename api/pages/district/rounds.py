"""Rounds and the versions of their settings."""

from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import Administrator, SessionDep
from api.form_routes import FormRouter
from api.forms import FormDataDep
from api.pages.identity.proving import proved
from api.view import View
from domain.district.round_settings import BLOCKS, NAMES, bounds_of
from services.district.rounds import (
    RoundCreate,
    SettingsChange,
    change_settings,
    list_rounds,
    new_round,
    read_round,
)

router = FormRouter(prefix="/admin/rounds")


def _rounds(session: Session, v: View) -> HTMLResponse:
    return v.page(
        "district/rounds.html",
        rounds=list_rounds(session, actor=v.actor),
    )


@router.get("")
def rounds(session: SessionDep, v: Administrator) -> HTMLResponse:
    """List the rounds."""
    return _rounds(session, v)


@router.form("", shown="/admin/rounds", takes=RoundCreate)
@proved
def begin(session: SessionDep, v: Administrator, typed: FormDataDep) -> Response:
    """Begin a round."""
    new_round(session, actor=v.actor, form=typed.read(RoundCreate))
    return v.go("/admin/rounds", done="round")


def _round(session: Session, v: View, code: str) -> HTMLResponse:
    return v.page(
        "district/round.html",
        r=read_round(session, actor=v.actor, code=code),
        blocks=BLOCKS,
        names=NAMES,
        bounds_of=bounds_of,
    )


@router.get("/{code}")
def settings(session: SessionDep, v: Administrator, code: str) -> HTMLResponse:
    """Show a round's settings, to be changed."""
    return _round(session, v, code)


@router.form("/{code}", shown="/admin/rounds/{code}", takes=SettingsChange)
@proved
def change(session: SessionDep, v: Administrator, typed: FormDataDep, code: str) -> Response:
    """Write the next version of the settings."""

    change_settings(
        session,
        actor=v.actor,
        code=code,
        settings=typed.numbers(path for block in BLOCKS for path in block.paths),
        change=typed.read(SettingsChange),
    )
    return v.go(f"/admin/rounds/{code}", done="settings")
