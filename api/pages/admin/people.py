"""People, their roles and delegations, as an administrator keeps them."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import Administrator, SessionDep
from api.errors import status_of
from api.forms import Typed, TypedDep
from api.pages.proving import act_proved
from api.view import View
from domain.choices import chosen
from domain.errors import BadInput
from domain.roles import Role
from services.district.places import list_communities
from services.identity import administration as admin
from services.identity.actors import Actor
from services.identity.single_sign_on import sso_name

router = APIRouter(prefix="/admin")


def _people(
    session: Session, v: View, f: Typed, *, q: str = "", role: str = "", after: str = ""
) -> HTMLResponse:
    found = admin.list_people(session, actor=v.actor, text=q, role=chosen(Role, role), after=after)
    return v.page(
        "admin/people.html",
        status=status_of(f.error) if f.error else 200,
        f=f,
        page=found,
        q=q,
        role=role,
        places=list_communities(session),
    )


@router.get("")
def home(v: Administrator) -> RedirectResponse:
    """Begin with the people."""
    return v.go("/admin/people")


@router.get("/people")
def people(
    session: SessionDep, v: Administrator, q: str = "", role: str = "", after: str = ""
) -> HTMLResponse:
    """List people."""
    return _people(session, v, Typed(), q=q, role=role, after=after)


@router.post("/people")
def add(session: SessionDep, v: Administrator, typed: TypedDep) -> Response:
    """Add somebody."""
    return act_proved(
        session,
        v,
        typed,
        lambda actor: admin.add_person(session, actor=actor, form=typed.read(admin.PersonCreate)),
        again=lambda f: _people(session, v, f),
        then=lambda _: v.go(f"/admin/people/{typed.text('login').strip()}", done="added"),
    )


def _person(session: Session, v: View, login: str, f: Typed, **more: Any) -> HTMLResponse:
    return v.page(
        "admin/person.html",
        status=status_of(f.error) if f.error else 200,
        f=f,
        p=admin.read_person(session, actor=v.actor, login=login),
        places=list_communities(session),
        sso=sso_name(),
        **{"where": "", "link": ""} | more,
    )


@router.get("/people/{login}")
def person(session: SessionDep, v: Administrator, login: str) -> HTMLResponse:
    """Show somebody."""
    return _person(session, v, login, Typed())


@router.post("/people/{login}/roles")
def give(session: SessionDep, v: Administrator, typed: TypedDep, login: str) -> Response:
    """Give a role."""
    return act_proved(
        session,
        v,
        typed,
        lambda actor: admin.give_role(
            session, actor=actor, login=login, form=typed.read(admin.RoleCreate)
        ),
        again=lambda f: _person(session, v, login, f, where="roles"),
        then=lambda _: v.go(f"/admin/people/{login}", done="role-given"),
    )


@router.post("/people/{login}/roles/{grant_id}/take")
def take(
    session: SessionDep, v: Administrator, typed: TypedDep, login: str, grant_id: UUID
) -> Response:
    """Take a role back."""
    return act_proved(
        session,
        v,
        typed,
        lambda actor: admin.take_role(session, actor=actor, login=login, grant_id=grant_id),
        again=lambda f: _person(session, v, login, f, where="roles"),
        then=lambda _: v.go(f"/admin/people/{login}", done="role-taken"),
    )


@router.post("/people/{login}/invite")
def invite(session: SessionDep, v: Administrator, typed: TypedDep, login: str) -> Response:
    """Make an invitation; its link is shown on this page and nowhere else."""
    return act_proved(
        session,
        v,
        typed,
        lambda actor: admin.invite_person(session, actor=actor, login=login),
        again=lambda f: _person(session, v, login, f, where="access"),
        then=lambda token: _person(
            session, v, login, Typed(), link=v.absolute(f"/welcome/{token}")
        ),
    )


@router.post("/people/{login}/unlock")
def unlock(session: SessionDep, v: Administrator, typed: TypedDep, login: str) -> Response:
    """Forget the wrong tries."""
    return act_proved(
        session,
        v,
        typed,
        lambda actor: admin.unlock_person(session, actor=actor, login=login),
        again=lambda f: _person(session, v, login, f, where="access"),
        then=lambda _: v.go(f"/admin/people/{login}", done="unlocked"),
    )


@router.post("/people/{login}/end")
def end(session: SessionDep, v: Administrator, typed: TypedDep, login: str) -> Response:
    """End sessions and tokens."""
    return act_proved(
        session,
        v,
        typed,
        lambda actor: admin.end_access(session, actor=actor, login=login),
        again=lambda f: _person(session, v, login, f, where="access"),
        then=lambda _: v.go(f"/admin/people/{login}", done="access-ended"),
    )


@router.post("/people/{login}/erase")
def erase(session: SessionDep, v: Administrator, typed: TypedDep, login: str) -> Response:
    """Erase somebody, once their login was typed."""

    def do(actor: Actor) -> str:
        if typed.text("login").strip() != login:
            raise BadInput(
                zh="请输入此人的登录名以确认注销。", en="Type their login to confirm the erasure."
            )
        return admin.erase_person(session, actor=actor, login=login)

    return act_proved(
        session,
        v,
        typed,
        do,
        again=lambda f: _person(session, v, login, f, where="erase"),
        then=lambda _: v.go("/admin/people", done="erased"),
    )


def _delegations(session: Session, v: View, f: Typed) -> HTMLResponse:
    return v.page(
        "admin/delegations.html",
        status=status_of(f.error) if f.error else 200,
        f=f,
        held=admin.list_delegations(session, actor=v.actor),
    )


@router.get("/delegations")
def delegations(session: SessionDep, v: Administrator) -> HTMLResponse:
    """List the delegations that are not over."""
    return _delegations(session, v, Typed())


@router.post("/delegations/{delegation_id}/revoke")
def revoke(session: SessionDep, v: Administrator, typed: TypedDep, delegation_id: UUID) -> Response:
    """End a delegation."""
    return act_proved(
        session,
        v,
        typed,
        lambda actor: admin.revoke_delegation(session, actor=actor, delegation_id=delegation_id),
        again=lambda f: _delegations(session, v, f),
        then=lambda _: v.go("/admin/delegations", done="revoked"),
    )
