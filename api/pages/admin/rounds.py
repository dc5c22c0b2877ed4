"""Rounds and the versions of their settings."""

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import Administrator, SessionDep
from api.errors import status_of
from api.forms import Typed, TypedDep
from api.pages.proving import act_proved
from api.view import View
from domain.round_settings import BLOCKS, NAMES, bounds_of
from services.district.rounds import (
    RoundCreate,
    SettingsChange,
    change_settings,
    list_rounds,
    new_round,
    read_round,
)

router = APIRouter(prefix="/admin/rounds")


def _rounds(session: Session, v: View, f: Typed) -> HTMLResponse:
    return v.page(
        "admin/rounds.html",
        status=status_of(f.error) if f.error else 200,
        f=f,
        rounds=list_rounds(session, actor=v.actor),
    )


@router.get("")
def rounds(session: SessionDep, v: Administrator) -> HTMLResponse:
    """List the rounds."""
    return _rounds(session, v, Typed())


@router.post("")
def begin(session: SessionDep, v: Administrator, typed: TypedDep) -> Response:
    """Begin a round."""
    return act_proved(
        session,
        v,
        typed,
        lambda actor: new_round(session, actor=actor, form=typed.read(RoundCreate)),
        again=lambda f: _rounds(session, v, f),
        then=lambda _: v.go("/admin/rounds", done="round"),
    )


def _round(session: Session, v: View, code: str, f: Typed) -> HTMLResponse:
    return v.page(
        "admin/round.html",
        status=status_of(f.error) if f.error else 200,
        f=f,
        r=read_round(session, actor=v.actor, code=code),
        blocks=BLOCKS,
        names=NAMES,
        bounds_of=bounds_of,
    )


@router.get("/{code}")
def settings(session: SessionDep, v: Administrator, code: str) -> HTMLResponse:
    """Show a round's settings, to be changed."""
    return _round(session, v, code, Typed())


@router.post("/{code}")
def change(session: SessionDep, v: Administrator, typed: TypedDep, code: str) -> Response:
    """Write the next version of the settings."""

    return act_proved(
        session,
        v,
        typed,
        lambda actor: change_settings(
            session,
            actor=actor,
            code=code,
            settings=typed.numbers(path for block in BLOCKS for path in block.paths),
            change=typed.read(SettingsChange),
        ),
        again=lambda f: _round(session, v, code, f),
        then=lambda _: v.go(f"/admin/rounds/{code}", done="settings"),
    )
