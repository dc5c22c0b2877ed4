"""Organisations as they are registered, and places."""

from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import Administrator, SessionDep
from api.errors import status_of
from api.forms import Typed, TypedDep
from api.pages.proving import act_proved
from api.view import View
from domain.eligibility import ALLIANCE_NAMES
from models import Organisation
from services.ledgers import links
from services.ledgers import organisation_register as registers
from services.ledgers.links import links_of
from services.public.organisations import list_organisations

router = APIRouter(prefix="/admin")


@router.get("/organisations")
def organisations(
    session: SessionDep, v: Administrator, q: str = "", after: str = ""
) -> HTMLResponse:
    """List the organisations."""
    page = list_organisations(session, text=q, after=after or None)
    return v.page("admin/organisations.html", page=page, q=q)


def _organisation(
    session: Session, v: View, f: Typed, own: Organisation | None = None
) -> HTMLResponse:
    return v.page(
        "admin/organisation.html",
        status=status_of(f.error) if f.error else 200,
        f=f,
        own=own,
        links=links_of(session, own) if own else None,
        places=registers.list_places(session, actor=v.actor),
        alliances=ALLIANCE_NAMES,
    )


@router.get("/organisations/new")
def new(session: SessionDep, v: Administrator) -> HTMLResponse:
    """Show the empty form."""
    return _organisation(session, v, Typed())


@router.post("/organisations/new")
def register(session: SessionDep, v: Administrator, typed: TypedDep) -> Response:
    """Register an organisation."""
    return act_proved(
        session,
        v,
        typed,
        lambda actor: registers.register_organisation(
            session, actor=actor, form=typed.read(registers.OrganisationCreate)
        ),
        again=lambda f: _organisation(session, v, f),
        then=lambda made: v.go(f"/admin/organisations/{made}", done="saved"),
    )


@router.get("/organisations/{organisation_id}")
def registered(session: SessionDep, v: Administrator, organisation_id: UUID) -> HTMLResponse:
    """Show how an organisation is registered."""
    own = registers.read_registered(session, actor=v.actor, organisation_id=organisation_id)
    return _organisation(session, v, Typed(), own)


@router.post("/organisations/{organisation_id}")
def change(
    session: SessionDep, v: Administrator, typed: TypedDep, organisation_id: UUID
) -> Response:
    """Change how it is registered."""

    def again(f: Typed) -> HTMLResponse:
        own = registers.read_registered(session, actor=v.actor, organisation_id=organisation_id)
        return _organisation(session, v, f, own)

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
        again=again,
        then=lambda _: v.go(f"/admin/organisations/{organisation_id}", done="saved"),
    )


@router.post("/organisations/{organisation_id}/demonstration")
def name_demonstration(
    session: SessionDep, v: Administrator, typed: TypedDep, organisation_id: UUID
) -> Response:
    """Name it a demonstration organisation."""
    return _honour(session, v, typed, organisation_id, links.name_demonstration)


@router.post("/organisations/{organisation_id}/demonstration/end")
def end_demonstration(
    session: SessionDep, v: Administrator, typed: TypedDep, organisation_id: UUID
) -> Response:
    """Take the name back."""
    return _honour(session, v, typed, organisation_id, links.end_demonstration)


def _honour(
    session: Session, v: View, typed: Typed, organisation_id: UUID, do: Callable[..., None]
) -> Response:
    def again(f: Typed) -> HTMLResponse:
        own = registers.read_registered(session, actor=v.actor, organisation_id=organisation_id)
        return _organisation(session, v, f, own)

    return act_proved(
        session,
        v,
        typed,
        lambda actor: do(session, actor=actor, organisation_id=organisation_id),
        again=again,
        then=lambda _: v.go(f"/admin/organisations/{organisation_id}", done="saved"),
    )


def _places(session: Session, v: View, f: Typed) -> HTMLResponse:
    return v.page(
        "admin/places.html",
        status=status_of(f.error) if f.error else 200,
        f=f,
        places=registers.list_places(session, actor=v.actor),
    )


@router.get("/places")
def places(session: SessionDep, v: Administrator) -> HTMLResponse:
    """List streets and communities."""
    return _places(session, v, Typed())


@router.post("/places")
def add_community(session: SessionDep, v: Administrator, typed: TypedDep) -> Response:
    """Add a community."""
    return act_proved(
        session,
        v,
        typed,
        lambda actor: registers.add_community(
            session, actor=actor, form=typed.read(registers.CommunityCreate)
        ),
        again=lambda f: _places(session, v, f),
        then=lambda _: v.go("/admin/places", done="saved"),
    )


@router.post("/places/{code}/end")
def end_community(session: SessionDep, v: Administrator, typed: TypedDep, code: str) -> Response:
    """Let a community count no longer."""
    return act_proved(
        session,
        v,
        typed,
        lambda actor: registers.end_community(session, actor=actor, code=code),
        again=lambda f: _places(session, v, f),
        then=lambda _: v.go("/admin/places", done="ended-place"),
    )
