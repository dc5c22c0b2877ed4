"""Material that is said to be false: opened with proof, replied to, decided by a second person."""

from collections.abc import Callable

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import FileResponse, HTMLResponse, Response

from api.deps import SessionDep, SignedIn
from api.errors import status_of
from api.files import keep_files, send
from api.forms import Typed, TypedDep, refused
from api.pages.proving import act_proved
from api.view import View
from domain.errors import FieldsWrong, JiebangError
from domain.text import Text
from services.conduct import material_reviews
from services.identity.actors import Actor
from services.projects.forming import project_coded

router = APIRouter(prefix="/desk/material/{code}")


def _show(session: Session, v: View, code: str, f: Typed | None = None) -> HTMLResponse:
    assert v.visitor is not None
    page = material_reviews.read_reviews(session, code, v.actor.person_id, v.visitor.grants)
    status = status_of(f.error) if f and f.error else 200
    return v.page("material.html", status=status, m=page, f=f or Typed())


def _act(
    session: Session, v: View, typed: Typed, code: str, do: Callable[[], object], done: str
) -> Response:
    try:
        do()
    except JiebangError as error:
        return _show(session, v, code, refused(session, typed, error))
    return v.go(f"/desk/material/{code}", done=done)


@router.get("")
def reviews(session: SessionDep, v: SignedIn, code: str) -> HTMLResponse:
    """Show a project's reviews to those concerned."""
    return _show(session, v, code)


@router.post("")
def open_review(session: SessionDep, v: SignedIn, typed: TypedDep, code: str) -> Response:
    """Say that a bidder's material is false, with proof."""

    def do() -> None:
        material_reviews.open_review(
            session,
            project_id=project_coded(session, code).id,
            actor=v.actor,
            review=typed.read(material_reviews.MaterialReviewCreate),
            files=keep_files(typed, "files"),
        )

    return _act(session, v, typed, code, do, "submitted")


@router.get("/files/{sha256}")
def file(session: SessionDep, v: SignedIn, code: str, sha256: str) -> FileResponse:
    """Send a file of a proof to those concerned."""
    assert v.visitor is not None
    grants = v.visitor.grants
    return send(material_reviews.read_review_file(session, code, sha256, v.actor.person_id, grants))


@router.post("/{review}/reply")
def reply(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, review: str) -> Response:
    """Reply for the organisation concerned."""

    def do() -> None:
        material_reviews.reply_to_review(
            session,
            code=review,
            actor=v.actor,
            reply=typed.read(material_reviews.ReplyUpdate),
        )

    return _act(session, v, typed, code, do, "submitted")


@router.post("/{review}/decide")
def decide(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, review: str) -> Response:
    """Decide it, having proved who one is."""

    def do(actor: Actor) -> None:
        said = typed.text("upheld")
        if said not in ("yes", "no"):
            raise FieldsWrong({"upheld": Text("请选择一种决定。", "Choose a decision.")})
        told = {"upheld": [str(said == "yes")], "reason": typed.all("reason")}
        material_reviews.decide_review(
            session,
            code=review,
            actor=actor,
            decision=Typed(told).read(material_reviews.MaterialReviewUpdate),
        )

    return act_proved(
        session,
        v,
        typed,
        do,
        again=lambda f: _show(session, v, code, f),
        then=lambda _: v.go(f"/desk/material/{code}", done="decided"),
    )
