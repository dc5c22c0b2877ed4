"""People, their roles and access, as an administrator keeps them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request

from api.deps import SessionDep
from api.json.access import Administering, Idempotent, proved_owner
from api.json.routing import ApiRoute
from api.json.shapes import administration as shapes
from api.json.shapes.base import Cursor, Listing
from api.site import site_of
from domain.identity.roles import Role
from services.identity import administration as people
from services.identity.administration import DelegationHeld, PeoplePage

router = APIRouter(route_class=ApiRoute, tags=["administration"])
Search = Annotated[str, Query(max_length=60, description="Part of a login or name.")]


@router.get("/people")
def list_people(
    session: SessionDep,
    who: Administering,
    q: Search = "",
    role: Role | None = None,
    cursor: Cursor = "",
) -> PeoplePage:
    """List people by login."""
    return people.list_people(session, actor=who.actor, text=q, role=role, after=cursor)


@router.post(
    "/people", status_code=201, response_model=shapes.PersonPublic, dependencies=[Idempotent]
)
def add_person(session: SessionDep, who: Administering, sent: people.PersonCreate) -> Any:
    """Add somebody with one role; they sign in once they were invited."""
    people.add_person(session, actor=proved_owner(who), form=sent)
    return people.read_person(session, actor=who.actor, login=sent.login)


@router.get("/people/{login}", response_model=shapes.PersonPublic)
def person(session: SessionDep, who: Administering, login: str) -> Any:
    """Show somebody: what they hold, and how they sign in."""
    return people.read_person(session, actor=who.actor, login=login)


@router.delete("/people/{login}", status_code=204, dependencies=[Idempotent])
def erase_person(session: SessionDep, who: Administering, login: str) -> None:
    """Erase somebody on their request; what they decided stays, by nobody named."""
    people.erase_person(session, actor=proved_owner(who), login=login)


@router.post("/people/{login}/roles", status_code=204, dependencies=[Idempotent])
def give_role(session: SessionDep, who: Administering, login: str, sent: people.RoleCreate) -> None:
    """Give somebody else one more role."""
    people.give_role(session, actor=proved_owner(who), login=login, form=sent)


@router.delete("/people/{login}/roles/{grant_id}", status_code=204, dependencies=[Idempotent])
def take_role(session: SessionDep, who: Administering, login: str, grant_id: UUID) -> None:
    """Take a role back from somebody else; what was decided by it stands."""
    people.take_role(session, actor=proved_owner(who), login=login, grant_id=grant_id)


@router.post("/people/{login}/invitations", status_code=201, response_model=shapes.InvitationPublic)
def invite_person(request: Request, session: SessionDep, who: Administering, login: str) -> Any:
    """Make a link by which somebody sets their password; it is given only now."""
    token = people.invite_person(session, actor=proved_owner(who), login=login)
    return {"link": f"{site_of(request)}/welcome/{token}"}


@router.delete("/people/{login}/lock", status_code=204, dependencies=[Idempotent])
def unlock_person(session: SessionDep, who: Administering, login: str) -> None:
    """Let somebody sign in again who has tried too often."""
    people.unlock_person(session, actor=proved_owner(who), login=login)


@router.delete("/people/{login}/access", status_code=204, dependencies=[Idempotent])
def end_access(session: SessionDep, who: Administering, login: str) -> None:
    """End every session of somebody and revoke their tokens."""
    people.end_access(session, actor=proved_owner(who), login=login)


@router.get("/delegations", response_model=Listing[DelegationHeld])
def list_delegations(session: SessionDep, who: Administering) -> Any:
    """List every delegation that is not over."""
    return {"items": people.list_delegations(session, actor=who.actor)}


@router.delete("/delegations/{delegation_id}", status_code=204, dependencies=[Idempotent])
def end_delegation(session: SessionDep, who: Administering, delegation_id: UUID) -> None:
    """End somebody's delegation; what was decided under it stands."""
    people.revoke_delegation(session, actor=proved_owner(who), delegation_id=delegation_id)
