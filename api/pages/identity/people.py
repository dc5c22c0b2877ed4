"""People, their roles and delegations, as an administrator keeps them."""

from typing import Any
from uuid import UUID

from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import Administrator, SessionDep
from api.form_routes import FormRouter
from api.forms import FormDataDep
from api.pages.identity.proving import proved
from api.view import View
from domain.choices import chosen
from domain.errors import BadInput
from domain.identity.roles import Role
from services.district.places import list_communities
from services.identity import administration as admin
from services.identity.single_sign_on import sso_name

router = FormRouter(prefix="/admin")


def _people(
    session: Session, v: View, *, q: str = "", role: str = "", after: str = ""
) -> HTMLResponse:
    people_page = admin.list_people(
        session, actor=v.actor, text=q, role=chosen(Role, role), after=after
    )
    return v.page(
        "identity/people.html",
        page=people_page,
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
    return _people(session, v, q=q, role=role, after=after)


@router.form("/people", shown="/admin/people", takes=admin.PersonCreate)
@proved
def add(session: SessionDep, v: Administrator, typed: FormDataDep) -> Response:
    """Add somebody."""
    form = typed.read(admin.PersonCreate)
    admin.add_person(session, actor=v.actor, form=form)
    return v.go(f"/admin/people/{form.login}", done="added")


def _person(session: Session, v: View, login: str, **more: Any) -> HTMLResponse:
    return v.page(
        "identity/person.html",
        p=admin.read_person(session, actor=v.actor, login=login),
        places=list_communities(session),
        sso=sso_name(),
        **{"where": "", "link": ""} | more,
    )


@router.get("/people/{login}")
def person(session: SessionDep, v: Administrator, login: str) -> HTMLResponse:
    """Show somebody."""
    return _person(session, v, login)


@router.form("/people/{login}/roles", shown="/admin/people/{login}", takes=admin.RoleCreate)
@proved
def give(session: SessionDep, v: Administrator, typed: FormDataDep, login: str) -> Response:
    """Give a role."""
    admin.give_role(session, actor=v.actor, login=login, form=typed.read(admin.RoleCreate))
    return v.go(f"/admin/people/{login}", done="role-given")


@router.form("/people/{login}/roles/{grant_id}/take", shown="/admin/people/{login}")
@proved
def take(
    session: SessionDep, v: Administrator, _: FormDataDep, login: str, grant_id: UUID
) -> Response:
    """Take a role back."""
    admin.take_role(session, actor=v.actor, login=login, grant_id=grant_id)
    return v.go(f"/admin/people/{login}", done="role-taken")


@router.form("/people/{login}/invite", shown="/admin/people/{login}")
@proved
def invite(session: SessionDep, v: Administrator, _: FormDataDep, login: str) -> Response:
    """Make an invitation; its link is shown on this page and nowhere else."""
    token = admin.invite_person(session, actor=v.actor, login=login)
    return _person(session, v, login, link=v.absolute(f"/welcome/{token}"))


@router.form("/people/{login}/unlock", shown="/admin/people/{login}")
@proved
def unlock(session: SessionDep, v: Administrator, _: FormDataDep, login: str) -> Response:
    """Forget the wrong tries."""
    admin.unlock_person(session, actor=v.actor, login=login)
    return v.go(f"/admin/people/{login}", done="unlocked")


@router.form("/people/{login}/end", shown="/admin/people/{login}")
@proved
def end(session: SessionDep, v: Administrator, _: FormDataDep, login: str) -> Response:
    """End sessions and tokens."""
    admin.end_access(session, actor=v.actor, login=login)
    return v.go(f"/admin/people/{login}", done="access-ended")


@router.form("/people/{login}/erase", shown="/admin/people/{login}")
@proved
def erase(session: SessionDep, v: Administrator, typed: FormDataDep, login: str) -> Response:
    """Erase somebody, once their login was typed."""
    if typed.text("login").strip() != login:
        raise BadInput(
            zh="请输入此人的登录名以确认注销。", en="Type their login to confirm the erasure."
        )
    admin.erase_person(session, actor=v.actor, login=login)
    return v.go("/admin/people", done="erased")


def _delegations(session: Session, v: View) -> HTMLResponse:
    return v.page(
        "identity/delegations.html",
        delegations=admin.list_delegations(session, actor=v.actor),
    )


@router.get("/delegations")
def delegations(session: SessionDep, v: Administrator) -> HTMLResponse:
    """List the delegations that are not over."""
    return _delegations(session, v)


@router.form("/delegations/{delegation_id}/revoke", shown="/admin/delegations")
@proved
def revoke(session: SessionDep, v: Administrator, _: FormDataDep, delegation_id: UUID) -> Response:
    """End a delegation."""
    admin.revoke_delegation(session, actor=v.actor, delegation_id=delegation_id)
    return v.go("/admin/delegations", done="revoked")
