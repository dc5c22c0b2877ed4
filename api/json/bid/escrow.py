"""Openings that wait, and the escrow share for a lost one."""

from typing import Any

from fastapi import APIRouter

from api.deps import SessionDep
from api.json.access import Administering, Idempotent, proved_owner
from api.json.routing import ApiRoute
from api.json.shapes.base import Listing
from models.shapes import Reason
from services.bid import escrow
from services.bid.escrow import EscrowConfirm, OpeningWaiting

router = APIRouter(route_class=ApiRoute, tags=["administration"])


@router.get("/escrow", response_model=Listing[OpeningWaiting])
def waiting_openings(session: SessionDep, who: Administering) -> Any:
    """List the openings that wait for a share, and for which the escrow share was asked."""
    return {"items": escrow.waiting_openings(session, actor=who.actor)}


@router.post("/escrow/{code}/requests", status_code=204, dependencies=[Idempotent])
def ask_escrow(session: SessionDep, who: Administering, code: str, sent: Reason) -> None:
    """Ask that the escrow share take the place of a lost share; another administrator confirms."""
    escrow.ask_escrow(session, actor=proved_owner(who), code=code, request=sent)


@router.post("/escrow/{code}/confirmations", status_code=204)
def confirm_escrow(session: SessionDep, who: Administering, code: str, sent: EscrowConfirm) -> None:
    """Use the escrow share with the key that is kept offline."""
    escrow.confirm_escrow(session, actor=proved_owner(who), code=code, sent=sent)
