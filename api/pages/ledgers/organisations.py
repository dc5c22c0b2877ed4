"""Organisations as they are registered, and places."""

from collections.abc import Callable
from uuid import UUID

from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import Administrator, SessionDep
from api.form_routes import FormRouter
from api.forms import FormData, FormDataDep
from api.pages.identity.proving import act_proved
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
def register(session: SessionDep, v: Administrator, typed: FormDataDep) -> Response:
    """Register an organisation."""
    return act_proved(
        session,
        v,
        typed,
        lambda actor: registers.register_organisation(
            session, actor=actor, form=typed.read(registers.OrganisationCreate)
        ),
        then=lambda made: v.go(f"/admin/organisations/{made}", done="saved"),
    )


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
def change(
    session: SessionDep, v: Administrator, typed: FormDataDep, organisation_id: UUID
) -> Response:
    """Change how it is registered."""

    return act_proved(
        session,
        v,
        typed,
        lambda actor: registers.change_registered(
            session,
            actor=actor,
            organisation_id=organisation_id,
            form=typed.read(registers.OrganisationCreate),
        ),
        then=lambda _: v.go(f"/admin/organisations/{organisation_id}", done="saved"),
    )


@router.form(
    "/organisations/{organisation_id}/demonstration", shown="/admin/organisations/{organisation_id}"
)
def name_demonstration(
    session: SessionDep, v: Administrator, typed: FormDataDep, organisation_id: UUID
) -> Response:
    """Name it a demonstration organisation."""
    return _honour(session, v, typed, organisation_id, links.name_demonstration)


@router.form(
    "/organisations/{organisation_id}/demonstration/end",
    shown="/admin/organisations/{organisation_id}",
)
def end_demonstration(
    session: SessionDep, v: Administrator, typed: FormDataDep, organisation_id: UUID
) -> Response:
    """Take the name back."""
    return _honour(session, v, typed, organisation_id, links.end_demonstration)


def _honour(
    session: Session, v: View, typed: FormData, organisation_id: UUID, do: Callable[..., None]
) -> Response:
    return act_proved(
        session,
        v,
        typed,
        lambda actor: do(session, actor=actor, organisation_id=organisation_id),
        then=lambda _: v.go(f"/admin/organisations/{organisation_id}", done="saved"),
    )


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
def add_community(session: SessionDep, v: Administrator, typed: FormDataDep) -> Response:
    """Add a community."""
    return act_proved(
        session,
        v,
        typed,
        lambda actor: registers.add_community(
            session, actor=actor, form=typed.read(registers.CommunityCreate)
        ),
        then=lambda _: v.go("/admin/places", done="saved"),
    )


@router.form("/places/{code}/end", shown="/admin/places")
def end_community(session: SessionDep, v: Administrator, typed: FormDataDep, code: str) -> Response:
    """Let a community count no longer."""
    return act_proved(
        session,
        v,
        typed,
        lambda actor: registers.end_community(session, actor=actor, code=code),
        then=lambda _: v.go("/admin/places", done="ended-place"),
    )
