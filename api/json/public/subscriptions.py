"""Letters about new calls, to a mailbox that has confirmed them."""

from uuid import UUID

from fastapi import APIRouter, Depends

from api.deps import SessionDep
from api.json.access import Anyone, Idempotent
from api.json.routing import ApiRoute
from api.security import RateLimit
from services import subscriptions

router = APIRouter(route_class=ApiRoute, tags=["public"])
Seldom = Depends(RateLimit("follow", 30))


@router.post("/subscriptions", status_code=204, dependencies=[Idempotent, Seldom])
def subscribe(session: SessionDep, _: Anyone, sent: subscriptions.SubscriptionCreate) -> None:
    """Ask a mailbox whether it wants letters about new calls; it confirms by its own letter."""
    subscriptions.subscribe(session, wanted=sent)


@router.put(
    "/subscriptions/{subscription_id}/confirmation", status_code=204, dependencies=[Idempotent]
)
def confirm(session: SessionDep, _: Anyone, subscription_id: UUID) -> None:
    """Confirm a subscription by what its letter says."""
    subscriptions.confirm(session, subscription_id)


@router.delete("/subscriptions/{subscription_id}", status_code=204, dependencies=[Idempotent])
def unsubscribe(session: SessionDep, _: Anyone, subscription_id: UUID) -> None:
    """End a subscription; its address is deleted."""
    subscriptions.unsubscribe(session, subscription_id)
