"""What administrators do: people and their powers, rounds, registers, templates.

A token for this was made with the password and holds 30 days at most: it is the proof that the
pages ask for again and again.
"""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request

from api.deps import SessionDep
from api.json.access import Administering, IfMatch, Once, Reading
from api.json.routing import ApiRoute, require_match
from api.json.shapes import administration as shapes
from api.json.shapes.base import Cursor, Listing
from api.site import site_of
from domain.identity.roles import Role
from models.shapes import Reason
from services.bid import escrow
from services.district import rounds
from services.identity import administration as people
from services.identity.access_tokens import Bearer
from services.identity.actors import Actor, require_administrator
from services.ledgers import links
from services.ledgers import organisation_register as registers
from services.publish import call_templates

router = APIRouter(route_class=ApiRoute, tags=["administration"])

Search = Annotated[str, Query(max_length=60, description="Part of a login or name.")]


def _proved(who: Bearer) -> Actor:
    return replace(who.actor, proved=True)


@router.get("/people", response_model=shapes.PeoplePublic)
def list_people(
    session: SessionDep,
    who: Administering,
    q: Search = "",
    role: Role | None = None,
    cursor: Cursor = "",
) -> Any:
    """List people by login."""
    return people.list_people(session, actor=who.actor, text=q, role=role, after=cursor)


@router.post("/people", status_code=201, response_model=shapes.PersonPublic, dependencies=[Once])
def add_person(session: SessionDep, who: Administering, sent: people.PersonCreate) -> Any:
    """Add somebody with one role; they sign in once they were invited."""
    people.add_person(session, actor=_proved(who), form=sent)
    return people.read_person(session, actor=who.actor, login=sent.login)


@router.get("/people/{login}", response_model=shapes.PersonPublic)
def person(session: SessionDep, who: Administering, login: str) -> Any:
    """Show somebody: what they hold, and how they sign in."""
    return people.read_person(session, actor=who.actor, login=login)


@router.delete("/people/{login}", status_code=204, dependencies=[Once])
def erase_person(session: SessionDep, who: Administering, login: str) -> None:
    """Erase somebody on their request; what they decided stays, by nobody named."""
    people.erase_person(session, actor=_proved(who), login=login)


@router.post("/people/{login}/roles", status_code=204, dependencies=[Once])
def give_role(session: SessionDep, who: Administering, login: str, sent: people.RoleCreate) -> None:
    """Give somebody else one more role."""
    people.give_role(session, actor=_proved(who), login=login, form=sent)


@router.delete("/people/{login}/roles/{grant_id}", status_code=204, dependencies=[Once])
def take_role(session: SessionDep, who: Administering, login: str, grant_id: UUID) -> None:
    """Take a role back from somebody else; what was decided by it stands."""
    people.take_role(session, actor=_proved(who), login=login, grant_id=grant_id)


@router.post("/people/{login}/invitations", status_code=201, response_model=shapes.InvitationPublic)
def invite_person(request: Request, session: SessionDep, who: Administering, login: str) -> Any:
    """Make a link by which somebody sets their password; it is given only now."""
    token = people.invite_person(session, actor=_proved(who), login=login)
    return {"link": f"{site_of(request)}/welcome/{token}"}


@router.delete("/people/{login}/lock", status_code=204, dependencies=[Once])
def unlock_person(session: SessionDep, who: Administering, login: str) -> None:
    """Let somebody sign in again who has tried too often."""
    people.unlock_person(session, actor=_proved(who), login=login)


@router.delete("/people/{login}/access", status_code=204, dependencies=[Once])
def end_access(session: SessionDep, who: Administering, login: str) -> None:
    """End every session of somebody and revoke their tokens."""
    people.end_access(session, actor=_proved(who), login=login)


@router.get("/delegations", response_model=Listing[shapes.DelegationHeldPublic])
def list_delegations(session: SessionDep, who: Administering) -> Any:
    """List every delegation that is not over."""
    return {"items": people.list_delegations(session, actor=who.actor)}


@router.delete("/delegations/{delegation_id}", status_code=204, dependencies=[Once])
def end_delegation(session: SessionDep, who: Administering, delegation_id: UUID) -> None:
    """End somebody's delegation; what was decided under it stands."""
    people.revoke_delegation(session, actor=_proved(who), delegation_id=delegation_id)


@router.get("/escrow", response_model=Listing[shapes.OpeningWaitingPublic])
def waiting_openings(session: SessionDep, who: Administering) -> Any:
    """List the openings that wait for a share, and for which the escrow share was asked."""
    return {"items": escrow.waiting_openings(session, actor=who.actor)}


@router.post("/escrow/{code}/requests", status_code=204, dependencies=[Once])
def ask_escrow(session: SessionDep, who: Administering, code: str, sent: Reason) -> None:
    """Ask that the escrow share take a lost one's place; another administrator confirms."""
    escrow.ask_escrow(session, actor=_proved(who), code=code, request=sent)


@router.post("/escrow/{code}/confirmations", status_code=204)
def confirm_escrow(
    session: SessionDep, who: Administering, code: str, sent: shapes.EscrowConfirm
) -> None:
    """Use the escrow share with the key that is kept offline."""
    escrow.confirm_escrow(session, actor=_proved(who), code=code, key=sent.key)


@router.get("/rounds", response_model=Listing[shapes.RoundLinePublic])
def list_rounds(session: SessionDep, who: Administering) -> Any:
    """List the rounds, the newest first."""
    return {"items": rounds.list_rounds(session, actor=who.actor)}


@router.post("/rounds", status_code=201, response_model=shapes.RoundPublic, dependencies=[Once])
def begin_round(session: SessionDep, who: Administering, sent: rounds.RoundCreate) -> Any:
    """Begin a round with the present settings; it takes the projects formed from now on."""
    rounds.new_round(session, actor=_proved(who), form=sent)
    return rounds.read_round(session, actor=who.actor, code=sent.code)


@router.get("/rounds/{code}", response_model=shapes.RoundPublic)
def read_round(session: SessionDep, who: Administering, code: str) -> Any:
    """Show a round's settings and every version of them."""
    return rounds.read_round(session, actor=who.actor, code=code)


@router.put("/rounds/{code}/settings", response_model=shapes.RoundPublic, dependencies=[Once])
def change_settings(
    session: SessionDep,
    who: Administering,
    code: str,
    sent: shapes.SettingsUpdate,
    if_match: IfMatch = None,
) -> Any:
    """Write the next version of the settings: `If-Match` is the ETag of the round."""
    held = rounds.read_round(session, actor=who.actor, code=code)
    require_match(if_match, shapes.RoundPublic.model_validate(held))
    rounds.change_settings(
        session,
        actor=_proved(who),
        code=code,
        settings=sent.settings,
        change=rounds.SettingsChange(reason=sent.reason, version=held.version),
    )
    return rounds.read_round(session, actor=who.actor, code=code)


@router.post(
    "/organisations",
    status_code=201,
    response_model=shapes.RegistrationPublic,
    dependencies=[Once],
)
def register_organisation(
    session: SessionDep, who: Administering, sent: registers.OrganisationCreate
) -> Any:
    """Register an organisation."""
    made = registers.register_organisation(session, actor=_proved(who), form=sent)
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
    dependencies=[Once],
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
        session, actor=_proved(who), organisation_id=organisation_id, form=sent
    )
    return registered


@router.put("/organisations/{organisation_id}/demonstration", status_code=204, dependencies=[Once])
def name_demonstration(session: SessionDep, who: Administering, organisation_id: UUID) -> None:
    """Name a demonstration organisation: on the red list, graded 3A and above."""
    links.name_demonstration(session, actor=_proved(who), organisation_id=organisation_id)


@router.delete(
    "/organisations/{organisation_id}/demonstration", status_code=204, dependencies=[Once]
)
def end_demonstration(session: SessionDep, who: Administering, organisation_id: UUID) -> None:
    """Take the name of a demonstration organisation back."""
    links.end_demonstration(session, actor=_proved(who), organisation_id=organisation_id)


@router.post("/communities", status_code=204, dependencies=[Once])
def add_community(session: SessionDep, who: Administering, sent: registers.CommunityCreate) -> None:
    """Add a community to the street whose code its own begins with."""
    registers.add_community(session, actor=_proved(who), form=sent)


@router.delete("/communities/{code}", status_code=204, dependencies=[Once])
def end_community(session: SessionDep, who: Administering, code: str) -> None:
    """Let a community count until today; its projects go on."""
    registers.end_community(session, actor=_proved(who), code=code)


@router.get("/templates", response_model=Listing[shapes.TemplatePublic])
def list_templates(session: SessionDep, _: Reading) -> Any:
    """List the templates that calls may begin with."""
    return {"items": call_templates.list_templates(session)}


@router.post(
    "/templates", status_code=201, response_model=shapes.TemplatePublic, dependencies=[Once]
)
def add_template(
    session: SessionDep, who: Administering, sent: call_templates.CallTemplateCreate
) -> Any:
    """Add a template of calls."""
    made = call_templates.keep_template(session, actor=who.actor, form=sent)
    return call_templates.find_template(session, made)


@router.get("/templates/{template_id}", response_model=shapes.TemplatePublic)
def template(session: SessionDep, _: Reading, template_id: UUID) -> Any:
    """Show a template."""
    return call_templates.find_template(session, template_id)


@router.put("/templates/{template_id}", response_model=shapes.TemplatePublic, dependencies=[Once])
def change_template(
    session: SessionDep,
    who: Administering,
    template_id: UUID,
    sent: call_templates.CallTemplateCreate,
    if_match: IfMatch = None,
) -> Any:
    """Replace a template: `If-Match` is its ETag; calls drafted from it stay as they are."""
    require_administrator(session, who.actor)
    held = call_templates.find_template(session, template_id, lock=True)
    require_match(if_match, shapes.TemplatePublic.model_validate(held))
    call_templates.keep_template(session, actor=who.actor, form=sent, template_id=template_id)
    return held


@router.delete("/templates/{template_id}", status_code=204, dependencies=[Once])
def remove_template(session: SessionDep, who: Administering, template_id: UUID) -> None:
    """Remove a template; calls drafted from it stay as they are."""
    call_templates.remove_template(session, actor=who.actor, template_id=template_id)
