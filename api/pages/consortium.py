"""The consortium that delivers a project: a partner is replaced by a recorded decision."""

from collections.abc import Callable

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import SessionDep, SignedIn
from api.errors import status_of
from api.forms import Typed, TypedDep, refused
from api.view import View
from domain.errors import FieldsWrong, JiebangError
from domain.text import Text
from models import Project
from services.deliver import replacements
from services.deliver.consortium_page import read_consortium
from services.projects.forming import project_coded

router = APIRouter(prefix="/desk/consortium/{code}")


def _show(session: Session, v: View, code: str, f: Typed | None = None) -> HTMLResponse:
    assert v.visitor is not None
    page = read_consortium(session, project_coded(session, code), v.visitor.grants)
    status = status_of(f.error) if f and f.error else 200
    return v.page("consortium.html", status=status, c=page, f=f or Typed())


def _act(
    session: Session, v: View, typed: Typed, code: str, do: Callable[[Project], object], done: str
) -> Response:
    try:
        do(project_coded(session, code))
    except JiebangError as error:
        return _show(session, v, code, refused(session, typed, error))
    return v.go(f"/desk/consortium/{code}", done=done)


@router.get("")
def consortium(session: SessionDep, v: SignedIn, code: str) -> HTMLResponse:
    """Show the consortium to its members, to who is to join it, and to the street."""
    return _show(session, v, code)


@router.post("")
def propose(session: SessionDep, v: SignedIn, typed: TypedDep, code: str) -> Response:
    """Propose another organisation in a partner's place."""

    def do(project: Project) -> None:
        replacements.propose_replacement(
            session,
            project_id=project.id,
            actor=v.actor,
            proposal=typed.read(replacements.ReplacementCreate),
        )

    return _act(session, v, typed, code, do, "submitted")


@router.post("/{number}/confirm")
def confirm(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, number: int) -> Response:
    """Confirm the place that is offered."""

    def do(project: Project) -> None:
        replacements.confirm_replacement(
            session, project_id=project.id, number=number, actor=v.actor
        )

    return _act(session, v, typed, code, do, "partner")


@router.post("/{number}/statement")
def state(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, number: int) -> Response:
    """Say something about one's own replacement."""

    def do(project: Project) -> None:
        replacements.state_on_replacement(
            session,
            project_id=project.id,
            number=number,
            actor=v.actor,
            statement=typed.read(replacements.StatementUpdate),
        )

    return _act(session, v, typed, code, do, "submitted")


@router.post("/{number}/decide")
def decide(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, number: int) -> Response:
    """Decide what was proposed."""

    def do(project: Project) -> None:
        said = typed.text("approved")
        if said not in ("yes", "no"):
            raise FieldsWrong({"approved": Text("请选择是否同意。", "Choose one.")})
        told = {
            "approved": [str(said == "yes")],
            "withdrew": [str(bool(typed.text("withdrew")))],
            "answer": typed.all("answer"),
        }
        replacements.decide_replacement(
            session,
            project_id=project.id,
            number=number,
            actor=v.actor,
            decision=Typed(told).read(replacements.ReplacementUpdate),
        )

    return _act(session, v, typed, code, do, "decided")


@router.post("/{number}/withdraw")
def withdraw(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, number: int) -> Response:
    """Take the proposal back, or decline the place."""

    def do(project: Project) -> None:
        replacements.withdraw_replacement(
            session, project_id=project.id, number=number, actor=v.actor
        )

    return _act(session, v, typed, code, do, "taken-back")
