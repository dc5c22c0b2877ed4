"""Organisations and communities, as administrators keep them."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from api.deps import SessionDep
from api.json.access import Administering, Idempotent, IfMatch, proved_owner
from api.json.routing import ApiRoute, require_match
from api.json.shapes import administration as shapes
from services.ledgers import links
from services.ledgers import organisation_register as registers

router = APIRouter(route_class=ApiRoute, tags=["administration"])


@router.post(
    "/organisations",
    status_code=201,
    response_model=shapes.RegistrationPublic,
    dependencies=[Idempotent],
)
def register_organisation(
    session: SessionDep, who: Administering, sent: registers.OrganisationCreate
) -> Any:
    """Register an organisation."""
    made = registers.register_organisation(session, actor=proved_owner(who), form=sent)
    return registers.read_registered(session, actor=who.actor, organisation_id=made)


@router.get(
    "/organisations/{organisation_id}/registration", response_model=shapes.RegistrationPublic
)
def registration(session: SessionDep, who: Administering, organisation_id: UUID) -> Any:
    """Show how an organisation is registered."""
    return registers.read_registered(session, actor=who.actor, organisation_id=organisation_id)


@router.put(
    "/organisations/{organisation_id}/registration",
    response_model=shapes.RegistrationPublic,
    dependencies=[Idempotent],
)
def change_registration(
    session: SessionDep,
    who: Administering,
    organisation_id: UUID,
    sent: registers.OrganisationCreate,
    if_match: IfMatch = None,
) -> Any:
    """Change how an organisation is registered: `If-Match` is the ETag of its registration."""
    registered = registers.read_registered(
        session, actor=who.actor, organisation_id=organisation_id, lock=True
    )
    require_match(if_match, shapes.RegistrationPublic.model_validate(registered))
    registers.change_registered(
        session, actor=proved_owner(who), organisation_id=organisation_id, form=sent
    )
    return registered


@router.put(
    "/organisations/{organisation_id}/demonstration", status_code=204, dependencies=[Idempotent]
)
def name_demonstration(session: SessionDep, who: Administering, organisation_id: UUID) -> None:
    """Name a demonstration organisation: on the red list, graded 3A and above."""
    links.name_demonstration(session, actor=proved_owner(who), organisation_id=organisation_id)


@router.delete(
    "/organisations/{organisation_id}/demonstration", status_code=204, dependencies=[Idempotent]
)
def end_demonstration(session: SessionDep, who: Administering, organisation_id: UUID) -> None:
    """Take the name of a demonstration organisation back."""
    links.end_demonstration(session, actor=proved_owner(who), organisation_id=organisation_id)


@router.post("/communities", status_code=204, dependencies=[Idempotent])
def add_community(session: SessionDep, who: Administering, sent: registers.CommunityCreate) -> None:
    """Add a community to the street whose code its own begins with."""
    registers.add_community(session, actor=proved_owner(who), form=sent)


@router.delete("/communities/{code}", status_code=204, dependencies=[Idempotent])
def end_community(session: SessionDep, who: Administering, code: str) -> None:
    """Let a community count until today; its projects go on."""
    registers.end_community(session, actor=proved_owner(who), code=code)
