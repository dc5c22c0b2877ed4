"""What people submit at gates: one route a form, each one use case."""

from uuid import UUID

from starlette.responses import Response

from api.answers import fields_under, given_under
from api.deps import SessionDep, SignedIn
from api.files import keep_files, send, send_unsealed
from api.form_routes import FormRouter
from api.forms import TypedDep
from api.pages.gates import act
from api.pages.proving import unlocked
from domain.award.scoring import Party
from domain.choices import chosen
from models import CallCreate, Indicator
from services.assess import assessments, shortfalls
from services.award import awards, objections
from services.bid import openings
from services.bid.read_bid_file import file_at_gate
from services.deliver import delivery
from services.deliver.delivery import EvidenceItem
from services.deliver.evidence_files import read_evidence
from services.evaluate import evaluation
from services.projects.forming import project_coded
from services.publish import calls

router = FormRouter(prefix="/desk/{code}/{key}")


@router.form("/analysis", shown="/desk/{code}/{key}", takes=evaluation.NeedsAnalysisCreate)
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


@router.form("/appraisal", shown="/desk/{code}/{key}")
def appraise(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Submit one's marks of a project."""

    def do() -> None:
        with fields_under("marks"):
            evaluation.score_appraisal(
                session,
                project_id=project_coded(session, code).id,
                actor=v.actor,
                marks=given_under(typed, "marks"),
            )

    return act(session, v, typed, (code, key), do, "scored")


@router.form("/call", shown="/desk/{code}/{key}", takes=CallCreate)
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


@router.form("/ceiling", shown="/desk/{code}/{key}", takes=calls.CeilingUpdate)
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


@router.form("/opening", shown="/desk/{code}/{key}")
def attend(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Be present at the opening with one's share, which one's passphrase reveals."""
    openings.require_opener(session, project_coded(session, code), v.actor)
    private = unlocked(session, v.actor.person_id, typed.text("passphrase"))

    def do() -> None:
        project = project_coded(session, code)
        openings.attend_opening(session, project_id=project.id, actor=v.actor, private=private)

    return act(session, v, typed, (code, key), do, "present")


@router.form(
    "/objections/{objection_id}", shown="/desk/{code}/{key}", takes=objections.ObjectionUpdate
)
def answer_objection(
    session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str, objection_id: UUID
) -> Response:
    """Uphold or dismiss an objection, with reasons."""

    def do() -> None:
        names = {"upheld": f"upheld-{objection_id}", "answer": f"answer-{objection_id}"}
        objections.answer_objection(
            session,
            objection_id=objection_id,
            actor=v.actor,
            answer=typed.read(objections.ObjectionUpdate, names),
        )

    return act(session, v, typed, (code, key), do, "answered")


@router.form(
    "/appeals/{objection_id}", shown="/desk/{code}/{key}", takes=objections.ObjectionUpdate
)
def decide_appeal(
    session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str, objection_id: UUID
) -> Response:
    """Decide an appeal for good, with reasons."""

    def do() -> None:
        names = {"upheld": f"appeal-{objection_id}", "answer": f"appeal-answer-{objection_id}"}
        objections.decide_appeal(
            session,
            objection_id=objection_id,
            actor=v.actor,
            decision=typed.read(objections.ObjectionUpdate, names),
        )

    return act(session, v, typed, (code, key), do, "answered")


@router.form("/agreement", shown="/desk/{code}/{key}")
def agree(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Confirm the agreement for one's side."""

    def do() -> None:
        awards.confirm_agreement(session, project_id=project_coded(session, code).id, actor=v.actor)

    return act(session, v, typed, (code, key), do, "confirmed")


@router.get("/evidence/{sha256}")
def evidence(session: SessionDep, v: SignedIn, code: str, key: str, sha256: str) -> Response:
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


@router.form(
    "/milestones/{number}/report", shown="/desk/{code}/{key}", takes=delivery.MilestoneReportCreate
)
def report(
    session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str, number: int
) -> Response:
    """Report a milestone with its evidence."""

    def do() -> None:
        names = {"report": f"report-{number}", "counts": f"counts-{number}"}
        told = typed.read(
            delivery.MilestoneReportCreate, names, counts=("name", "quantity", "weight")
        )
        milestone_id = delivery.milestone_numbered(session, code, number).id
        delivery.require_reporter(session, milestone_id=milestone_id, actor=v.actor, lock=False)
        delivery.report_milestone(
            session,
            milestone_id=milestone_id,
            actor=v.actor,
            report=told.report,
            evidence=[
                EvidenceItem(
                    kind="count", name=count.name, quantity=count.quantity, weight=count.weight
                )
                for count in told.counts
            ]
            + [
                EvidenceItem(kind="file", name=file.name, sha256=file.sha256)
                for file in keep_files(typed, f"photos-{number}")
            ],
        )

    return act(session, v, typed, (code, key), do, "reported")


@router.form("/milestones/{number}/accept", shown="/desk/{code}/{key}")
def accept(
    session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str, number: int
) -> Response:
    """Accept a reported milestone."""

    def do() -> None:
        milestone = delivery.milestone_numbered(session, code, number)
        delivery.accept_milestone(session, milestone_id=milestone.id, actor=v.actor)

    return act(session, v, typed, (code, key), do, "accepted")


@router.form("/assessment/{party}", shown="/desk/{code}/{key}")
def assess(
    session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str, party: str
) -> Response:
    """Submit one's answer for a party, or a resident's paper sheet."""

    def do() -> None:
        chosen_party = chosen(Party, party)
        assert chosen_party is not None
        marks = given_under(typed, f"marks-{chosen_party}")
        answer = assessments.Answer(chosen_party, marks, typed.text("paper").strip() or None)
        with fields_under(f"marks-{chosen_party}"):
            assessments.answer_assessment(
                session, project_id=project_coded(session, code).id, actor=v.actor, answer=answer
            )

    return act(session, v, typed, (code, key), do, "answered-party")


@router.form("/shortfall", shown="/desk/{code}/{key}", takes=shortfalls.ShortfallCreate)
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
