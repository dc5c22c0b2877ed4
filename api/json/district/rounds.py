"""Rounds and the versions of their settings."""

from typing import Any

from fastapi import APIRouter

from api.deps import SessionDep
from api.json.access import Administering, Idempotent, IfMatch, proved_owner
from api.json.routing import ApiRoute, require_match
from api.json.shapes import administration as shapes
from api.json.shapes.base import Listing
from services.district import rounds
from services.district.rounds import RoundLine, RoundView

router = APIRouter(route_class=ApiRoute, tags=["administration"])


@router.get("/rounds", response_model=Listing[RoundLine])
def list_rounds(session: SessionDep, who: Administering) -> Any:
    """List the rounds, the newest first."""
    return {"items": rounds.list_rounds(session, actor=who.actor)}


@router.post("/rounds", status_code=201, dependencies=[Idempotent])
def begin_round(session: SessionDep, who: Administering, sent: rounds.RoundCreate) -> RoundView:
    """Begin a round with the present settings; it takes the projects formed from now on."""
    rounds.new_round(session, actor=proved_owner(who), form=sent)
    return rounds.read_round(session, actor=who.actor, code=sent.code)


@router.get("/rounds/{code}")
def read_round(session: SessionDep, who: Administering, code: str) -> RoundView:
    """Show a round's settings and every version of them."""
    return rounds.read_round(session, actor=who.actor, code=code)


@router.put("/rounds/{code}/settings", dependencies=[Idempotent])
def change_settings(
    session: SessionDep,
    who: Administering,
    code: str,
    sent: shapes.SettingsUpdate,
    if_match: IfMatch = None,
) -> RoundView:
    """Write the next version of the settings: `If-Match` is the ETag of the round."""
    before = rounds.read_round(session, actor=who.actor, code=code)
    require_match(if_match, before)
    rounds.change_settings(
        session,
        actor=proved_owner(who),
        code=code,
        settings=sent.settings,
        change=rounds.SettingsChange(reason=sent.reason, version=before.version),
    )
    return rounds.read_round(session, actor=who.actor, code=code)
