"""Organisations' public profiles, and the page where one writes one's own."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from api.deps import Anybody, SessionDep, SignedIn
from api.errors import status_of
from api.forms import Typed, TypedDep, refused
from api.pages.bids import OrganisationDep
from api.view import View
from domain.errors import JiebangError
from models import Organisation
from services.public.organisations import (
    ProfileUpdate,
    list_organisations,
    read_organisation,
    update_profile,
)

router = APIRouter()


@router.get("/organisations")
def organisations(session: SessionDep, v: Anybody, q: str = "", after: str = "") -> HTMLResponse:
    """List the organisations."""
    page = list_organisations(session, text=q, after=after or None)
    return v.page("organisations.html", page=page, q=q)


@router.get("/organisations/{organisation_id}")
def organisation(session: SessionDep, v: Anybody, organisation_id: UUID) -> HTMLResponse:
    """Show an organisation's public profile."""
    return v.page("organisation.html", o=read_organisation(session, organisation_id))


def _form(v: View, own: Organisation, f: Typed) -> HTMLResponse:
    status = status_of(f.error) if f.error else 200
    return v.page("profile.html", status=status, f=f, own=own)


@router.get("/desk/organisation")
def mine(v: SignedIn, own: OrganisationDep) -> HTMLResponse:
    """Show what one's organisation says of itself, to be changed."""
    return _form(v, own, Typed())


@router.post("/desk/organisation")
def change(session: SessionDep, v: SignedIn, own: OrganisationDep, typed: TypedDep) -> Response:
    """Change it."""
    try:
        profile = typed.read(ProfileUpdate)
        update_profile(session, organisation_id=own.id, actor=v.actor, profile=profile)
    except JiebangError as error:
        return _form(v, own, refused(session, typed, error))
    return v.go(f"/organisations/{own.id}", done="saved")
