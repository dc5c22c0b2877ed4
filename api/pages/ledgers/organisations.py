"""Organisations as they are registered, and places."""

from uuid import UUID

from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import Administrator, SessionDep
from api.form_routes import FormRouter
from api.forms import FormDataDep
from api.pages.identity.proving import proved
from api.view import View
from domain.bid.eligibility import ALLIANCE_NAMES
from models import Organisation
from services.ledgers import links
from services.ledgers import organisation_register as registers
from services.ledgers.links import links_of
from services.public.organisations import list_organisations

router = FormRouter(prefix="/admin")


@router.get("/organisations")
def organisations(
    session: SessionDep, v: Administrator, q: str = "", after: str = ""
) -> HTMLResponse:
    """List the organisations."""
    page = list_organisations(session, text=q, after=after or None)
    return v.page("ledgers/organisations.html", page=page, q=q)


def _organisation(session: Session, v: View, own: Organisation | None = None) -> HTMLResponse:
    return v.page(
        "ledgers/organisation.html",
        own=own,
        links=links_of(session, own) if own else None,
        places=registers.list_places(session, actor=v.actor),
        alliances=ALLIANCE_NAMES,
    )


@router.get("/organisations/new")
def new(session: SessionDep, v: Administrator) -> HTMLResponse:
    """Show the empty form."""
    return _organisation(session, v)


@router.form(
    "/organisations/new", shown="/admin/organisations/new", takes=registers.OrganisationCreate
)
@proved
def register(session: SessionDep, v: Administrator, typed: FormDataDep) -> Response:
    """Register an organisation."""
    made = registers.register_organisation(
        session, actor=v.actor, form=typed.read(registers.OrganisationCreate)
    )
    return v.go(f"/admin/organisations/{made}", done="saved")


@router.get("/organisations/{organisation_id}")
def registered(session: SessionDep, v: Administrator, organisation_id: UUID) -> HTMLResponse:
    """Show how an organisation is registered."""
    own = registers.read_registered(session, actor=v.actor, organisation_id=organisation_id)
    return _organisation(session, v, own)


@router.form(
    "/organisations/{organisation_id}",
    shown="/admin/organisations/{organisation_id}",
    takes=registers.OrganisationCreate,
)
@proved
def change(
    session: SessionDep, v: Administrator, typed: FormDataDep, organisation_id: UUID
) -> Response:
    """Change how it is registered."""

    registers.change_registered(
        session,
        actor=v.actor,
        organisation_id=organisation_id,
        form=typed.read(registers.OrganisationCreate),
    )
    return v.go(f"/admin/organisations/{organisation_id}", done="saved")


@router.form(
    "/organisations/{organisation_id}/demonstration", shown="/admin/organisations/{organisation_id}"
)
@proved
def name_demonstration(
    session: SessionDep, v: Administrator, _: FormDataDep, organisation_id: UUID
) -> Response:
    """Name it a demonstration organisation."""
    links.name_demonstration(session, actor=v.actor, organisation_id=organisation_id)
    return v.go(f"/admin/organisations/{organisation_id}", done="saved")


@router.form(
    "/organisations/{organisation_id}/demonstration/end",
    shown="/admin/organisations/{organisation_id}",
)
@proved
def end_demonstration(
    session: SessionDep, v: Administrator, _: FormDataDep, organisation_id: UUID
) -> Response:
    """Take the name back."""
    links.end_demonstration(session, actor=v.actor, organisation_id=organisation_id)
    return v.go(f"/admin/organisations/{organisation_id}", done="saved")


def _places(session: Session, v: View) -> HTMLResponse:
    return v.page(
        "ledgers/places.html",
        places=registers.list_places(session, actor=v.actor),
    )


@router.get("/places")
def places(session: SessionDep, v: Administrator) -> HTMLResponse:
    """List streets and communities."""
    return _places(session, v)


@router.form("/places", shown="/admin/places", takes=registers.CommunityCreate)
@proved
def add_community(session: SessionDep, v: Administrator, typed: FormDataDep) -> Response:
    """Add a community."""
    registers.add_community(session, actor=v.actor, form=typed.read(registers.CommunityCreate))
    return v.go("/admin/places", done="saved")


@router.form("/places/{code}/end", shown="/admin/places")
@proved
def end_community(session: SessionDep, v: Administrator, _: FormDataDep, code: str) -> Response:
    """Let a community count no longer."""
    registers.end_community(session, actor=v.actor, code=code)
    return v.go("/admin/places", done="ended-place")
