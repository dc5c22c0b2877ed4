"""Follow the board: feeds, and letters to a mailbox that has confirmed them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import Anybody, SessionDep
from api.form_routes import FormRouter
from api.forms import FormData, FormDataDep
from api.security import RateLimit
from api.view import View
from models.settings import settings
from services.public.board import list_streets
from services.subscriptions import (
    SubscriptionCreate,
    confirm,
    read_subscription,
    subscribe,
    unsubscribe,
)

router = FormRouter(prefix="/follow")
Seldom = Annotated[None, Depends(RateLimit("follow", 30))]


def _page(session: Session, v: View, stored: FormData) -> HTMLResponse:
    return v.page(
        "public/follow.html",
        stored=stored,
        streets=list_streets(session),
        mails=bool(settings().mail_url),
    )


@router.get("")
def ways(
    session: SessionDep, v: Anybody, street: str = "", category: str = "", q: str = ""
) -> HTMLResponse:
    """Show the ways to follow, with the filters that were chosen on the board."""
    return _page(session, v, FormData({"street": [street], "category": [category], "text": [q]}))


@router.form("", shown="/follow", takes=SubscriptionCreate)
def ask(session: SessionDep, v: Anybody, typed: FormDataDep, _: Seldom) -> Response:
    """Ask the mailbox; the answer is the same whether the address is known or not."""
    subscribe(session, wanted=typed.read(SubscriptionCreate))
    return v.go("/follow", done="followed")


@router.get("/{subscription_id}")
def show(session: SessionDep, v: Anybody, subscription_id: UUID) -> HTMLResponse:
    """Show what a letter's link is for; opening it changes nothing."""
    subscription = read_subscription(session, subscription_id)
    return v.page(
        "public/subscription.html", subscription=subscription, streets=list_streets(session)
    )


@router.form("/{subscription_id}", shown="/follow/{subscription_id}")
def begin(session: SessionDep, v: Anybody, _: FormDataDep, subscription_id: UUID) -> Response:
    """Confirm from the mailbox."""
    confirm(session, subscription_id)
    return v.go(f"/follow/{subscription_id}", done="follows")


@router.form("/{subscription_id}/end", shown="/follow/{subscription_id}")
def end(session: SessionDep, v: Anybody, _: FormDataDep, subscription_id: UUID) -> Response:
    """Hear no more."""
    unsubscribe(session, subscription_id)
    return v.go("/follow", done="follows-no-more")
