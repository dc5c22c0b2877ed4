"""The assessment by the four parties, and the remedy where too few residents have answered."""

from starlette.responses import Response

from api.answers import fields_under, given_under
from api.gate_forms import AtGate, gate_router
from domain.award.scoring import Party
from domain.choices import chosen
from services.assess.assessments import AssessmentAnswer, PaperNumber, answer_assessment
from services.assess.shortfalls import ShortfallCreate
from services.assess.shortfalls import decide_shortfall as decide

router = gate_router()


@router.form("/assessment/{party}", takes=PaperNumber)
def assess(at: AtGate, party: str) -> Response:
    """Submit the visitor's answer for a party, or a resident's paper sheet."""
    chosen_party = chosen(Party, party)
    assert chosen_party is not None
    given = given_under(at.typed, f"marks-{chosen_party}")
    answer = AssessmentAnswer(chosen_party, given, at.read(PaperNumber).paper)
    with fields_under(f"marks-{chosen_party}"):
        answer_assessment(at.session, project_id=at.project_id, actor=at.actor, answer=answer)
    return at.done("answered-party")


@router.form("/shortfall", takes=ShortfallCreate)
def decide_shortfall(at: AtGate) -> Response:
    """Widen the invitation, or lower the minimum, where too few residents have answered."""
    decision = at.read(ShortfallCreate)
    decide(at.session, project_id=at.project_id, actor=at.actor, decision=decision)
    return at.done("decided")
