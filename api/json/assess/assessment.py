"""The assessment by the four parties, and what is done where too few residents have answered."""

from fastapi import APIRouter

from api.answers import fields_under
from api.deps import SessionDep
from api.json.access import Idempotent, Working
from api.json.routing import ApiRoute
from api.json.shapes import gates as shapes
from services.assess import assessments, shortfalls
from services.projects.forming import project_coded

router = APIRouter(route_class=ApiRoute, tags=["lifecycle"])


@router.post("/projects/{code}/assessments", status_code=204, dependencies=[Idempotent])
def assess(session: SessionDep, who: Working, code: str, sent: shapes.AssessmentCreate) -> None:
    """Give one party's answer, or enter a resident's paper sheet; again replaces it."""
    answer = assessments.AssessmentAnswer(sent.party, sent.marks, sent.paper)
    with fields_under("marks"):
        assessments.answer_assessment(
            session, project_id=project_coded(session, code).id, actor=who.actor, answer=answer
        )


@router.post("/projects/{code}/assessments/shortfalls", status_code=204, dependencies=[Idempotent])
def decide_shortfall(
    session: SessionDep, who: Working, code: str, sent: shortfalls.ShortfallCreate
) -> None:
    """Widen the invitation or lower the minimum where too few residents answered, with a reason."""
    shortfalls.decide_shortfall(
        session, project_id=project_coded(session, code).id, actor=who.actor, decision=sent
    )
