"""Evaluate 评榜: the needs analysis and the marks of an appraisal."""

from starlette.responses import Response

from api.answers import fields_under, given_under
from api.gate_forms import AtGate, gate_router
from services.evaluate.evaluation import NeedsAnalysisCreate, score_appraisal, submit_analysis

router = gate_router()


@router.form("/analysis", takes=NeedsAnalysisCreate)
def analyse(at: AtGate) -> Response:
    """Submit the needs analysis."""
    analysis = at.read(NeedsAnalysisCreate)
    submit_analysis(at.session, project_id=at.project_id, actor=at.actor, analysis=analysis)
    return at.done("submitted")


@router.form("/appraisal")
def appraise(at: AtGate) -> Response:
    """Submit the visitor's marks of a project."""
    marks = given_under(at.typed, "marks")
    with fields_under("marks"):
        score_appraisal(at.session, project_id=at.project_id, actor=at.actor, marks=marks)
    return at.done("scored")
