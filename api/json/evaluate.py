"""Evaluate 评榜: the needs analysis and the marks of an appraisal."""

from fastapi import APIRouter

from api.answers import fields_under
from api.deps import SessionDep
from api.json.access import Idempotent, Working
from api.json.routing import ApiRoute
from api.json.shapes.base import Marks
from services.evaluate import evaluation
from services.projects.forming import project_coded

router = APIRouter(route_class=ApiRoute, tags=["lifecycle"])


@router.put("/projects/{code}/analysis", status_code=204, dependencies=[Idempotent])
def analyse(
    session: SessionDep, who: Working, code: str, sent: evaluation.NeedsAnalysisCreate
) -> None:
    """Submit the needs analysis."""
    project = project_coded(session, code)
    evaluation.submit_analysis(session, project_id=project.id, actor=who.actor, analysis=sent)


@router.put("/projects/{code}/appraisal", status_code=204, dependencies=[Idempotent])
def appraise(session: SessionDep, who: Working, code: str, sent: Marks) -> None:
    """Submit the caller's marks of a project; again replaces them."""
    project = project_coded(session, code)
    with fields_under("marks"):
        evaluation.score_appraisal(
            session, project_id=project.id, actor=who.actor, marks=sent.marks
        )
