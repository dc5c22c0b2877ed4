"""Material that is said to be false: opened with proof, replied to, decided by a second person."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from api.deps import SessionDep
from api.files import send
from api.json.access import Administering, Idempotent, Reading, Working, proved_owner
from api.json.routing import ApiRoute
from api.json.shapes.base import Listing
from api.json.shapes.conduct import MaterialReviewPublic, MaterialReviewReceipt
from services.conduct import material_reviews
from services.projects.forming import project_coded

router = APIRouter(route_class=ApiRoute, tags=["conduct"])


@router.get("/projects/{code}/material-reviews", response_model=Listing[MaterialReviewPublic])
def reviews(session: SessionDep, who: Reading, code: str) -> Any:
    """List a project's reviews for those concerned; an organisation sees its own."""
    page = material_reviews.read_reviews(session, code, who.actor.person_id, who.grants)
    return {"items": page.reviews}


@router.post(
    "/projects/{code}/material-reviews",
    status_code=201,
    response_model=MaterialReviewReceipt,
    dependencies=[Idempotent],
)
def open_review(
    session: SessionDep, who: Working, code: str, sent: material_reviews.MaterialReviewCreate
) -> Any:
    """Say that a bidder's material is false, with what proves it; the organisation may reply."""
    return material_reviews.open_review(
        session, project_id=project_coded(session, code).id, actor=who.actor, review=sent
    )


@router.get("/projects/{code}/material-reviews/files/{sha256}", response_class=Response)
def file(session: SessionDep, who: Reading, code: str, sha256: str) -> Response:
    """Send a file of a proof to those concerned."""
    return send(
        material_reviews.read_review_file(session, code, sha256, who.actor.person_id, who.grants)
    )


@router.put("/material-reviews/{code}/reply", status_code=204, dependencies=[Idempotent])
def reply(session: SessionDep, who: Working, code: str, sent: material_reviews.ReplyUpdate) -> None:
    """Reply, as the organisation concerned, before it is decided."""
    material_reviews.reply_to_review(session, code=code, actor=who.actor, reply=sent)


@router.put("/material-reviews/{code}/decision", status_code=204, dependencies=[Idempotent])
def decide(
    session: SessionDep,
    who: Administering,
    code: str,
    sent: material_reviews.MaterialReviewUpdate,
) -> None:
    """Uphold it, which enters the credit ledger, or dismiss it; who opened it does not decide."""
    material_reviews.decide_review(session, code=code, actor=proved_owner(who), decision=sent)
