"""Follow the board: feeds, and letters to a mailbox that has confirmed them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import Anybody, SessionDep
from api.errors import status_of
from api.forms import Typed, TypedDep, refused
from api.security import Often
from api.view import View
from domain.errors import BadInput
from models.settings import settings
from services.public.board import list_streets
from services.subscriptions import Wanted, confirm, read_subscription, subscribe, unsubscribe

router = APIRouter(prefix="/follow")
Seldom = Annotated[None, Depends(Often("follow", 30))]
_NAMES = ("street", "category", "text")


def _page(session: Session, v: View, f: Typed) -> HTMLResponse:
    return v.page(
        "follow.html",
        status=status_of(f.error) if f.error else 200,
        f=f,
        streets=list_streets(session),
        mails=bool(settings().mail_url),
    )


@router.get("")
def ways(
    session: SessionDep, v: Anybody, street: str = "", category: str = "", q: str = ""
) -> HTMLResponse:
    """Show the ways to follow, with the filters that were chosen on the board."""
    return _page(session, v, Typed({"street": [street], "category": [category], "text": [q]}))


@router.post("")
def ask(session: SessionDep, v: Anybody, typed: TypedDep, _: Seldom) -> Response:
    """Ask the mailbox; the answer is the same whether the address is known or not."""
    try:
        wanted = Wanted(*(typed.text(name).strip()[:60] for name in _NAMES))
        subscribe(session, email=typed.text("email"), wanted=wanted)
    except BadInput as error:
        return _page(session, v, refused(session, typed, error))
    return v.go("/follow", done="followed")


@router.get("/{subscription_id}")
def show(session: SessionDep, v: Anybody, subscription_id: UUID) -> HTMLResponse:
    """Show what a letter's link is for; opening it changes nothing."""
    held = read_subscription(session, subscription_id)
    return v.page("subscription.html", held=held, streets=list_streets(session))


@router.post("/{subscription_id}")
def begin(session: SessionDep, v: Anybody, _: TypedDep, subscription_id: UUID) -> Response:
    """Confirm from the mailbox."""
    confirm(session, subscription_id)
    return v.go(f"/follow/{subscription_id}", done="follows")


@router.post("/{subscription_id}/end")
def end(session: SessionDep, v: Anybody, _: TypedDep, subscription_id: UUID) -> Response:
    """Hear no more."""
    unsubscribe(session, subscription_id)
    return v.go("/follow", done="follows-no-more")
