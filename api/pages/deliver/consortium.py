"""The consortium that delivers a project: a partner is replaced by a recorded decision."""

from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import SessionDep, SignedIn
from api.form_routes import FormRouter
from api.forms import FormDataDep
from api.view import View
from services.deliver import replacements
from services.deliver.consortium_page import read_consortium
from services.projects.forming import project_coded

router = FormRouter(prefix="/desk/consortium/{code}")


def _show(
    session: Session,
    v: View,
    code: str,
) -> HTMLResponse:
    assert v.visitor is not None
    page = read_consortium(session, project_coded(session, code), v.visitor.grants)
    return v.page("deliver/consortium.html", c=page)


@router.get("")
def consortium(session: SessionDep, v: SignedIn, code: str) -> HTMLResponse:
    """Show the consortium to its members, to those leaving or joining it, and to the street."""
    return _show(session, v, code)


@router.form("", shown="/desk/consortium/{code}", takes=replacements.ReplacementCreate)
def propose(session: SessionDep, v: SignedIn, typed: FormDataDep, code: str) -> Response:
    """Propose another organisation in a partner's place."""
    project = project_coded(session, code)
    replacements.propose_replacement(
        session,
        project_id=project.id,
        actor=v.actor,
        proposal=typed.read(replacements.ReplacementCreate),
    )
    return v.go(f"/desk/consortium/{code}", done="submitted")


@router.form("/{number}/confirm", shown="/desk/consortium/{code}")
def confirm(session: SessionDep, v: SignedIn, _: FormDataDep, code: str, number: int) -> Response:
    """Confirm the place that is offered."""
    project = project_coded(session, code)
    replacements.confirm_replacement(session, project_id=project.id, number=number, actor=v.actor)
    return v.go(f"/desk/consortium/{code}", done="partner")


@router.form(
    "/{number}/statement", shown="/desk/consortium/{code}", takes=replacements.StatementUpdate
)
def state(session: SessionDep, v: SignedIn, typed: FormDataDep, code: str, number: int) -> Response:
    """Say something about the visitor's own replacement."""
    project = project_coded(session, code)
    replacements.state_on_replacement(
        session,
        project_id=project.id,
        number=number,
        actor=v.actor,
        statement=typed.read(replacements.StatementUpdate),
    )
    return v.go(f"/desk/consortium/{code}", done="submitted")


@router.form(
    "/{number}/decide", shown="/desk/consortium/{code}", takes=replacements.ReplacementUpdate
)
def decide(
    session: SessionDep, v: SignedIn, typed: FormDataDep, code: str, number: int
) -> Response:
    """Decide a proposed replacement."""
    project = project_coded(session, code)
    replacements.decide_replacement(
        session,
        project_id=project.id,
        number=number,
        actor=v.actor,
        decision=typed.read(replacements.ReplacementUpdate),
    )
    return v.go(f"/desk/consortium/{code}", done="decided")


@router.form("/{number}/withdraw", shown="/desk/consortium/{code}")
def withdraw(session: SessionDep, v: SignedIn, _: FormDataDep, code: str, number: int) -> Response:
    """Take the proposal back, or decline the place."""
    project = project_coded(session, code)
    replacements.withdraw_replacement(session, project_id=project.id, number=number, actor=v.actor)
    return v.go(f"/desk/consortium/{code}", done="taken-back")
