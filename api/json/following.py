"""What is told and recorded: opening records, letters about new calls, one's own address."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends

from api.deps import SessionDep
from api.json.access import Anyone, Once, Reading, Working
from api.json.routing import ApiRoute
from api.json.shapes import following as shapes
from api.json.shapes.base import Cursor
from api.security import Often
from services import subscriptions
from services.bid import opening_records
from services.identity import contacts

router = APIRouter(route_class=ApiRoute, tags=["public"])
Seldom = Depends(Often("follow", 30))


@router.get("/openings", response_model=shapes.OpeningsPublic)
def openings(session: SessionDep, _: Anyone, cursor: Cursor = "") -> Any:
    """List the openings, the newest first."""
    return opening_records.list_openings(session, after=cursor)


@router.get("/projects/{code}/openings/{number}", response_model=shapes.OpeningRecordPublic)
def opening(session: SessionDep, _: Anyone, code: str, number: int) -> Any:
    """Show an opening's record, against which a receipt is checked."""
    return opening_records.read_opening(session, code, number)


@router.post("/subscriptions", status_code=204, dependencies=[Once, Seldom])
def subscribe(session: SessionDep, _: Anyone, sent: shapes.SubscriptionCreate) -> None:
    """Ask a mailbox whether it wants letters about new calls; it confirms by its own letter."""
    wanted = subscriptions.Wanted(sent.street, sent.category, sent.text.strip())
    subscriptions.subscribe(session, email=sent.email, wanted=wanted)


@router.put("/subscriptions/{subscription_id}/confirmation", status_code=204, dependencies=[Once])
def confirm(session: SessionDep, _: Anyone, subscription_id: UUID) -> None:
    """Confirm a subscription by what its letter says."""
    subscriptions.confirm(session, subscription_id)


@router.delete("/subscriptions/{subscription_id}", status_code=204, dependencies=[Once])
def unsubscribe(session: SessionDep, _: Anyone, subscription_id: UUID) -> None:
    """End a subscription; its address is deleted."""
    subscriptions.unsubscribe(session, subscription_id)


@router.get("/me/email", response_model=shapes.EmailPublic)
def email(session: SessionDep, who: Reading) -> Any:
    """Show where the caller is told what waits for them."""
    return {"email": contacts.email_of(session, who.actor)}


@router.put("/me/email", status_code=204, dependencies=[Once])
def set_email(session: SessionDep, who: Working, sent: shapes.EmailPublic) -> None:
    """Set where the caller is told what waits for them; empty removes it."""
    contacts.set_email(session, actor=who.actor, email=sent.email)
