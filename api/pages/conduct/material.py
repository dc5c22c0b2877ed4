"""Material that is said to be false: opened with proof, replied to, decided by a second person."""

from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import SessionDep, SignedIn
from api.files import keep_files, send
from api.form_routes import FormRouter
from api.forms import FormDataDep
from api.pages.identity.proving import proved
from api.view import View
from services.conduct import material_reviews
from services.projects.forming import project_coded

router = FormRouter(prefix="/desk/material/{code}")


def _show(
    session: Session,
    v: View,
    code: str,
) -> HTMLResponse:
    assert v.visitor is not None
    page = material_reviews.read_reviews(session, code, v.actor.person_id, v.visitor.grants)
    return v.page("conduct/material.html", m=page)


@router.get("")
def reviews(session: SessionDep, v: SignedIn, code: str) -> HTMLResponse:
    """Show a project's reviews to those concerned."""
    return _show(session, v, code)


@router.form("", shown="/desk/material/{code}", takes=material_reviews.MaterialReviewCreate)
def open_review(session: SessionDep, v: SignedIn, typed: FormDataDep, code: str) -> Response:
    """Say that a bidder's material is false, with proof."""
    material_reviews.open_review(
        session,
        project_id=project_coded(session, code).id,
        actor=v.actor,
        review=typed.read(material_reviews.MaterialReviewCreate),
        files=keep_files(typed, "files"),
    )
    return v.go(f"/desk/material/{code}", done="submitted")


@router.get("/files/{sha256}")
def file(session: SessionDep, v: SignedIn, code: str, sha256: str) -> Response:
    """Send a file of a proof to those concerned."""
    assert v.visitor is not None
    grants = v.visitor.grants
    return send(material_reviews.read_review_file(session, code, sha256, v.actor.person_id, grants))


@router.form("/{review}/reply", shown="/desk/material/{code}", takes=material_reviews.ReplyUpdate)
def reply(session: SessionDep, v: SignedIn, typed: FormDataDep, code: str, review: str) -> Response:
    """Reply for the organisation concerned."""
    material_reviews.reply_to_review(
        session,
        code=review,
        actor=v.actor,
        reply=typed.read(material_reviews.ReplyUpdate),
    )
    return v.go(f"/desk/material/{code}", done="submitted")


@router.form(
    "/{review}/decide", shown="/desk/material/{code}", takes=material_reviews.MaterialReviewUpdate
)
@proved
def decide(
    session: SessionDep, v: SignedIn, typed: FormDataDep, code: str, review: str
) -> Response:
    """Decide it, having proved who one is."""
    material_reviews.decide_review(
        session,
        code=review,
        actor=v.actor,
        decision=typed.read(material_reviews.MaterialReviewUpdate),
    )
    return v.go(f"/desk/material/{code}", done="decided")
