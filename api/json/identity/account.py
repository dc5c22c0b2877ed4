"""The caller's account: delegations, tokens, sessions."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from api.deps import SessionDep
from api.json.access import Deciding, Idempotent, Reading, Working
from api.json.routing import ApiRoute
from api.json.shapes import people
from api.json.shapes.base import Listing
from services.identity import access_tokens, delegations
from services.identity.access_tokens import TokenLine
from services.identity.delegations import DelegationLine
from services.identity.sessions import SessionLine, end_session, list_sessions

router = APIRouter(route_class=ApiRoute, tags=["desk"])


@router.get("/me/delegations", response_model=Listing[DelegationLine])
def list_delegations(session: SessionDep, who: Reading) -> Any:
    """List who decides in whose place, as far as it concerns the caller."""
    return {"items": delegations.delegations_of(session, who.actor.person_id)}


@router.get("/me/colleagues", response_model=Listing[people.ColleaguePublic])
def colleagues(session: SessionDep, who: Reading) -> Any:
    """List who may decide in the caller's place."""
    return {"items": delegations.colleagues(session, who.actor)}


@router.post("/me/delegations", status_code=204, dependencies=[Idempotent])
def delegate(session: SessionDep, who: Deciding, sent: delegations.DelegationCreate) -> None:
    """Let a colleague decide in the caller's place from a day to a day, both included."""
    delegations.delegate(session, actor=who.actor, form=sent)


@router.delete("/me/delegations/{delegation_id}", status_code=204, dependencies=[Idempotent])
def revoke_delegation(session: SessionDep, who: Deciding, delegation_id: UUID) -> None:
    """Take a delegation back; what was decided under it stands."""
    delegations.revoke(session, actor=who.actor, delegation_id=delegation_id)


@router.get("/me/tokens", response_model=Listing[TokenLine])
def tokens(session: SessionDep, who: Reading) -> Any:
    """List the caller's tokens; new ones are made under My account on the web."""
    return {"items": access_tokens.list_tokens(session, who.actor.person_id)}


@router.delete("/me/tokens/{token_id}", status_code=204, dependencies=[Idempotent])
def revoke_token(session: SessionDep, who: Working, token_id: UUID) -> None:
    """Revoke one of the caller's tokens, this one too."""
    access_tokens.revoke_token(session, actor=who.actor, token_id=token_id)


@router.get("/me/sessions", response_model=Listing[SessionLine])
def sessions(session: SessionDep, who: Reading) -> Any:
    """List where the caller is signed in on the web."""
    return {"items": list_sessions(session, who.actor.person_id)}


@router.delete("/me/sessions/{session_id}", status_code=204, dependencies=[Idempotent])
def sign_out(session: SessionDep, who: Working, session_id: UUID) -> None:
    """End one of the caller's sessions of the web."""
    end_session(session, actor=who.actor, session_id=session_id)
