"""What people submit at gates: one route a form, each one use case."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from api.deps import SessionDep, SignedIn
from api.files import keep_files, send, send_unsealed
from api.forms import Typed, TypedDep
from api.pages.gates import act, show_gate
from domain.choices import chosen
from domain.errors import BadInput, JiebangError
from domain.scoring import Party
from domain.text import Text
from models import CallCreate, Indicator
from services.assess import assessments, shortfalls
from services.assess.assessment_rules import assessment_rules
from services.award import awards, objections
from services.bid import openings
from services.bid.read_bid_file import file_at_gate
from services.deliver import delivery
from services.deliver.delivery import EvidenceItem
from services.deliver.evidence_files import read_evidence
from services.district.rounds import settings_of
from services.evaluate import evaluation
from services.projects.forming import project_coded
from services.publish import calls
from services.seal.seal_keys import unlock_key

router = APIRouter(prefix="/desk/{code}/{key}")


@router.post("/analysis")
def analyse(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Submit the needs analysis."""

    def do() -> None:
        evaluation.submit_analysis(
            session,
            project_id=project_coded(session, code).id,
            actor=v.actor,
            analysis=typed.read(evaluation.NeedsAnalysisCreate),
        )

    return act(session, v, typed, (code, key), do, "submitted")


@router.post("/appraisal")
def appraise(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Submit one's marks of a project."""

    def do() -> None:
        project = project_coded(session, code)
        rubric = settings_of(session, project).appraisal_rubric
        evaluation.score_appraisal(
            session,
            project_id=project.id,
            actor=v.actor,
            marks=typed.marks("marks", rubric),
        )

    return act(session, v, typed, (code, key), do, "scored")


@router.post("/call")
def draft_call(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Submit a call for approval."""

    def do() -> None:
        calls.draft_call(
            session,
            project_id=project_coded(session, code).id,
            actor=v.actor,
            draft=typed.read(CallCreate, outcomes=tuple(Indicator.model_fields)),
        )

    return act(session, v, typed, (code, key), do, "submitted")


@router.post("/ceiling")
def mend(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Put in the call's missing ceiling."""

    def do() -> None:
        calls.mend_ceiling(
            session,
            project_id=project_coded(session, code).id,
            actor=v.actor,
            ceiling=typed.read(calls.CeilingUpdate).ceiling,
        )

    return act(session, v, typed, (code, key), do, "saved")


@router.post("/opening")
def attend(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Be present at the opening with one's share, which one's passphrase reveals."""
    try:
        openings.require_opener(session, project_coded(session, code), v.actor)
    except JiebangError as error:
        return show_gate(session, v, code, key, typed.refused(error))
    found = unlock_key(session, v.actor.person_id, typed.text("passphrase"))
    if isinstance(found, Text):
        # Not undone: a wrong passphrase is counted.
        wrong = BadInput(zh=found.zh, en=found.en)
        return show_gate(session, v, code, key, Typed(error=wrong))
    private = found

    def do() -> None:
        project = project_coded(session, code)
        openings.attend_opening(session, project_id=project.id, actor=v.actor, private=private)

    return act(session, v, typed, (code, key), do, "present")


@router.post("/objections/{objection_id}")
def answer_objection(
    session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str, objection_id: UUID
) -> Response:
    """Uphold or dismiss an objection, with reasons."""

    def do() -> None:
        said = typed.text(f"upheld-{objection_id}")
        if said not in ("yes", "no"):
            raise BadInput(zh="请选择成立或不成立。", en="Choose whether it is upheld.")
        objections.answer_objection(
            session,
            objection_id=objection_id,
            actor=v.actor,
            upheld=said == "yes",
            answer=typed.text(f"answer-{objection_id}"),
        )

    return act(session, v, typed, (code, key), do, "answered")


@router.post("/appeals/{objection_id}")
def decide_appeal(
    session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str, objection_id: UUID
) -> Response:
    """Decide an appeal for good, with reasons."""

    def do() -> None:
        said = typed.text(f"appeal-{objection_id}")
        if said not in ("yes", "no"):
            raise BadInput(zh="请选择成立或不成立。", en="Choose whether it is upheld.")
        objections.decide_appeal(
            session,
            objection_id=objection_id,
            actor=v.actor,
            upheld=said == "yes",
            answer=typed.text(f"appeal-answer-{objection_id}"),
        )

    return act(session, v, typed, (code, key), do, "answered")


@router.post("/agreement")
def agree(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Confirm the agreement for one's side."""

    def do() -> None:
        awards.confirm_agreement(session, project_id=project_coded(session, code).id, actor=v.actor)

    return act(session, v, typed, (code, key), do, "confirmed")


@router.get("/evidence/{sha256}")
def evidence(session: SessionDep, v: SignedIn, code: str, key: str, sha256: str) -> FileResponse:
    """Send a file of a milestone to those who may read the gate."""
    assert v.visitor is not None
    grants = v.visitor.grants
    return send(
        read_evidence(session, v.actor.person_id, grants, code=code, key=key, sha256=sha256)
    )


@router.get("/files/{file_id}")
def bid_file(session: SessionDep, v: SignedIn, code: str, key: str, file_id: UUID) -> Response:
    """Send a file of an opened bid to those before whom it lies."""
    assert v.visitor is not None
    grants = v.visitor.grants
    return send_unsealed(
        file_at_gate(session, v.actor.person_id, grants, code=code, key=key, file_id=file_id)
    )


@router.post("/milestones/{number}/report")
def report(
    session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str, number: int
) -> Response:
    """Report a milestone with its evidence."""

    def do() -> None:
        told = Typed(
            {
                "report": typed.all(f"report-{number}"),
                "counts.name": typed.all(f"counts-{number}.name"),
                "counts.quantity": typed.all(f"counts-{number}.quantity"),
                "counts.weight": typed.all(f"counts-{number}.weight"),
            }
        ).read(delivery.MilestoneReportCreate, counts=("name", "quantity", "weight"))
        milestone_id = delivery.milestone_numbered(session, code, number).id
        delivery.require_reporter(session, milestone_id=milestone_id, actor=v.actor, lock=False)
        delivery.report_milestone(
            session,
            milestone_id=milestone_id,
            actor=v.actor,
            report=told.report,
            evidence=[
                EvidenceItem(kind="count", name=one.name, quantity=one.quantity, weight=one.weight)
                for one in told.counts
            ]
            + [
                EvidenceItem(kind="file", name=one.name, sha256=one.sha256)
                for one in keep_files(typed, f"photos-{number}")
            ],
        )

    return act(session, v, typed, (code, key), do, "reported")


@router.post("/milestones/{number}/accept")
def accept(
    session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str, number: int
) -> Response:
    """Accept a reported milestone."""

    def do() -> None:
        held = delivery.milestone_numbered(session, code, number)
        delivery.accept_milestone(session, milestone_id=held.id, actor=v.actor)

    return act(session, v, typed, (code, key), do, "accepted")


@router.post("/assessment/{party}")
def assess(
    session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str, party: str
) -> Response:
    """Submit one's answer for a party, or a resident's paper sheet."""

    def do() -> None:
        chosen_party = chosen(Party, party)
        assert chosen_party is not None
        project = project_coded(session, code)
        rubric = assessment_rules(session, project)[chosen_party].rubric
        assessments.answer_assessment(
            session,
            project_id=project.id,
            actor=v.actor,
            answer=assessments.Answer(
                chosen_party,
                typed.marks(f"marks-{chosen_party}", rubric),
                typed.text("paper").strip() or None,
            ),
        )

    return act(session, v, typed, (code, key), do, "answered-party")


@router.post("/shortfall")
def decide_shortfall(
    session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str
) -> Response:
    """Widen the invitation, or lower the minimum, where too few residents have answered."""

    def do() -> None:
        shortfalls.decide_shortfall(
            session,
            project_id=project_coded(session, code).id,
            actor=v.actor,
            decision=typed.read(shortfalls.ShortfallCreate),
        )

    return act(session, v, typed, (code, key), do, "decided")
