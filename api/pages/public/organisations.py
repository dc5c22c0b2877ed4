"""Organisations' public profiles, and the page where an organisation writes its own."""

from uuid import UUID

from starlette.responses import HTMLResponse, Response

from api.deps import Anybody, SessionDep, SignedIn
from api.form_routes import FormRouter
from api.forms import FormDataDep
from api.pages.bid.bids import OrganisationDep
from services.public.organisations import (
    ProfileUpdate,
    list_organisations,
    read_organisation,
    update_profile,
)

router = FormRouter()


@router.get("/organisations")
def organisations(session: SessionDep, v: Anybody, q: str = "", after: str = "") -> HTMLResponse:
    """List the organisations."""
    page = list_organisations(session, text=q, after=after or None)
    return v.page("public/organisations.html", page=page, q=q)


@router.get("/organisations/{organisation_id}")
def organisation(session: SessionDep, v: Anybody, organisation_id: UUID) -> HTMLResponse:
    """Show an organisation's public profile."""
    return v.page("public/organisation.html", o=read_organisation(session, organisation_id))


@router.get("/desk/organisation")
def mine(v: SignedIn, own: OrganisationDep) -> HTMLResponse:
    """Show what the visitor's organisation says of itself, to be changed."""
    return v.page("public/profile.html", own=own)


@router.form("/desk/organisation", shown="/desk/organisation", takes=ProfileUpdate)
def change(session: SessionDep, v: SignedIn, own: OrganisationDep, typed: FormDataDep) -> Response:
    """Change it."""
    profile = typed.read(ProfileUpdate)
    update_profile(session, organisation_id=own.id, actor=v.actor, profile=profile)
    return v.go(f"/organisations/{own.id}", done="saved")
