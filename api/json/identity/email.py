"""The caller's address for letters."""

from typing import Any

from fastapi import APIRouter

from api.deps import SessionDep
from api.json.access import Idempotent, Reading, Working
from api.json.routing import ApiRoute
from api.json.shapes import following as shapes
from services.identity import contacts

router = APIRouter(route_class=ApiRoute, tags=["public"])


@router.get("/me/email", response_model=shapes.EmailPublic)
def email(session: SessionDep, who: Reading) -> Any:
    """Show where the caller is told what waits for them."""
    return {"email": contacts.email_of(session, who.actor)}


@router.put("/me/email", status_code=204, dependencies=[Idempotent])
def set_email(session: SessionDep, who: Working, sent: contacts.EmailUpdate) -> None:
    """Set where the caller is told what waits for them; empty removes it."""
    contacts.set_email(session, actor=who.actor, address=sent)
