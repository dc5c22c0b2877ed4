"""What people submit in a project's lifecycle: one route a use case, in the order of the stages."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response, UploadFile

from api.answers import fields_under
from api.deps import SessionDep
from api.json.access import Once, Reading, Working
from api.json.routing import ApiRoute
from api.json.shapes import gates as shapes
from api.json.shapes import needs as need_shapes
from api.json.shapes import projects as project_shapes
from api.json.shapes.base import Cursor, Listing, Marks, Page, page_of
from domain.errors import NotPermitted
from domain.text import Text
from models import CallCreate
from models.session import unit_of_work
from models.shapes import Reason
from services.assess import assessments, shortfalls
from services.award import awards, objections
from services.award.notice_gates import PUBLIC_NOTICE
from services.bid import openings
from services.cancelling import cancel_project
from services.deliver import amendments, delivery
from services.evaluate import evaluation
from services.gates.work_at import require_at
from services.needs.gather_needs import free_needs, needs_coded
from services.projects.forming import form_project, project_coded
from services.publish import calls
from services.publish.questions import AnswerCreate, QuestionCreate, answer_question, ask_question
from services.seal.seal_keys import unlock_key
from services.uploads import LARGEST, Upload, keep_upload

router = APIRouter(route_class=ApiRoute, tags=["lifecycle"])


@router.get("/me/needs", response_model=Page[need_shapes.FreeNeedPublic])
def free(
    session: SessionDep, who: Reading, category: str = "", q: str = "", cursor: Cursor = ""
) -> Any:
    """List the registered needs of the caller's places that no project answers yet."""
    return page_of(free_needs(session, who.grants, category=category, text=q, after=cursor))


@router.post(
    "/projects", status_code=201, response_model=project_shapes.FormedPublic, dependencies=[Once]
)
def form(
    session: SessionDep, who: Working, sent: project_shapes.ProjectCreate, answer: Response
) -> Any:
    """Form a project from needs of one community; its lifecycle begins."""
    needs = needs_coded(session, sent.needs)
    project = form_project(session, need_ids=needs, title=sent.title, actor=who.actor)
    answer.headers["Location"] = f"/api/v1/projects/{project.code}"
    return {"code": project.code}


@router.post("/projects/{code}/cancellation", status_code=204, dependencies=[Once])
def cancel(session: SessionDep, who: Working, code: str, sent: Reason) -> None:
    """Cancel a project before its award takes effect, with a public reason."""
    project = project_coded(session, code)
    cancel_project(session, project_id=project.id, actor=who.actor, cancellation=sent)


@router.put("/projects/{code}/analysis", status_code=204, dependencies=[Once])
def analyse(
    session: SessionDep, who: Working, code: str, sent: evaluation.NeedsAnalysisCreate
) -> None:
    """Submit the needs analysis."""
    project = project_coded(session, code)
    evaluation.submit_analysis(session, project_id=project.id, actor=who.actor, analysis=sent)


@router.put("/projects/{code}/appraisal", status_code=204, dependencies=[Once])
def appraise(session: SessionDep, who: Working, code: str, sent: Marks) -> None:
    """Submit one's marks of a project; again replaces them."""
    project = project_coded(session, code)
    with fields_under("marks"):
        evaluation.score_appraisal(
            session, project_id=project.id, actor=who.actor, marks=sent.marks
        )


@router.post("/projects/{code}/calls", status_code=204, dependencies=[Once])
def draft_call(session: SessionDep, who: Working, code: str, sent: CallCreate) -> None:
    """Submit a call, or its next version, for approval."""
    project = project_coded(session, code)
    calls.draft_call(session, project_id=project.id, actor=who.actor, draft=sent)


@router.patch("/projects/{code}/call", status_code=204, dependencies=[Once])
def mend(session: SessionDep, who: Working, code: str, sent: calls.CeilingUpdate) -> None:
    """Put in the ceiling that a call lacks."""
    project = project_coded(session, code)
    calls.mend_ceiling(session, project_id=project.id, actor=who.actor, ceiling=sent.ceiling)


@router.post("/projects/{code}/questions", status_code=204, dependencies=[Once])
def ask(session: SessionDep, who: Working, code: str, sent: QuestionCreate) -> None:
    """Ask about an open call; question and answer are public, who asked is not."""
    ask_question(session, code=code, actor=who.actor, question=sent)


@router.patch("/projects/{code}/questions/{question_id}", status_code=204, dependencies=[Once])
def answer(
    session: SessionDep, who: Working, code: str, question_id: UUID, sent: AnswerCreate
) -> None:
    """Answer a question in public, once."""
    answer_question(session, code=code, question_id=question_id, actor=who.actor, answer=sent)


@router.post("/projects/{code}/opening", status_code=204)
def attend(session: SessionDep, who: Working, code: str, sent: shapes.AttendanceCreate) -> None:
    """Be present at the opening with one's share; the bids open once all openers are."""
    project = project_coded(session, code)
    openings.require_opener(session, project, who.actor)
    with unit_of_work(apart=True) as other:
        found = unlock_key(other, who.actor.person_id, sent.passphrase)
    if isinstance(found, Text):
        raise NotPermitted(zh=found.zh, en=found.en)
    openings.attend_opening(session, project_id=project.id, actor=who.actor, private=found)


@router.post("/projects/{code}/objections", status_code=204, dependencies=[Once])
def object_to(
    session: SessionDep, who: Working, code: str, sent: objections.ObjectionCreate
) -> None:
    """Object to the intended award during its public notice."""
    project = project_coded(session, code)
    objections.file_objection(session, project_id=project.id, actor=who.actor, objection=sent)


@router.get("/projects/{code}/objections", response_model=Listing[project_shapes.ObjectionPublic])
def list_objections(session: SessionDep, who: Reading, code: str) -> Any:
    """List the objections, for whom they are to answer."""
    project = require_at(session, who.actor, who.grants, code, PUBLIC_NOTICE)
    return {"items": objections.objections_of(session, project)}


@router.patch("/projects/{code}/objections/{objection_id}", status_code=204, dependencies=[Once])
def answer_objection(
    session: SessionDep,
    who: Working,
    code: str,
    objection_id: UUID,
    sent: objections.ObjectionUpdate,
) -> None:
    """Uphold or dismiss an objection, with reasons."""
    project_coded(session, code)
    objections.answer_objection(
        session,
        objection_id=objection_id,
        actor=who.actor,
        answer=sent,
    )


@router.post(
    "/projects/{code}/objections/{objection_id}/appeal", status_code=204, dependencies=[Once]
)
def appeal(
    session: SessionDep,
    who: Working,
    code: str,
    objection_id: UUID,
    sent: objections.ObjectionCreate,
) -> None:
    """Appeal to the auditor against the dismissal of one's own objection."""
    project_coded(session, code)
    objections.appeal_objection(session, objection_id=objection_id, actor=who.actor, appeal=sent)


@router.patch(
    "/projects/{code}/objections/{objection_id}/appeal", status_code=204, dependencies=[Once]
)
def decide_appeal(
    session: SessionDep,
    who: Working,
    code: str,
    objection_id: UUID,
    sent: objections.ObjectionUpdate,
) -> None:
    """Decide an appeal for good, with reasons."""
    project_coded(session, code)
    objections.decide_appeal(
        session,
        objection_id=objection_id,
        actor=who.actor,
        decision=sent,
    )


@router.post("/projects/{code}/agreement/confirmations", status_code=204, dependencies=[Once])
def agree(session: SessionDep, who: Working, code: str) -> None:
    """Confirm the agreement for one's side."""
    awards.confirm_agreement(session, project_id=project_coded(session, code).id, actor=who.actor)


@router.post(
    "/projects/{code}/milestones/{number}/files",
    status_code=201,
    response_model=shapes.FilePublic,
)
def add_file(session: SessionDep, who: Working, code: str, number: int, file: UploadFile) -> Any:
    """Add a photo (JPG, PNG, WebP) or PDF to a milestone; the same again changes nothing."""
    held = delivery.milestone_numbered(session, code, number).id
    delivery.require_reporter(session, milestone_id=held, actor=who.actor, lock=False)
    sent = Upload(file.filename or "", file.file.read(LARGEST + 1))
    kept = keep_upload(sent)
    delivery.file_evidence(
        session, milestone_id=held, actor=who.actor, name=kept.name, sha256=kept.sha256
    )
    return kept


@router.post("/projects/{code}/amendments", status_code=204, dependencies=[Once])
def propose(session: SessionDep, who: Working, code: str, sent: amendments.AmendmentCreate) -> None:
    """Propose other dates, instalments or targets, with a reason; the other side decides."""
    amendments.propose_amendment(
        session, project_id=project_coded(session, code).id, actor=who.actor, amendment=sent
    )


@router.patch("/projects/{code}/amendments/{number}", status_code=204, dependencies=[Once])
def decide_amendment(
    session: SessionDep,
    who: Working,
    code: str,
    number: int,
    sent: amendments.AmendmentUpdate,
) -> None:
    """Approve or dismiss what the other side has proposed, with a reason."""
    amendments.decide_amendment(
        session,
        project_id=project_coded(session, code).id,
        number=number,
        actor=who.actor,
        decision=sent,
    )


@router.delete("/projects/{code}/amendments/{number}", status_code=204, dependencies=[Once])
def withdraw_amendment(session: SessionDep, who: Working, code: str, number: int) -> None:
    """Take back what one's own side has proposed."""
    amendments.withdraw_amendment(
        session, project_id=project_coded(session, code).id, number=number, actor=who.actor
    )


@router.put("/projects/{code}/milestones/{number}/report", status_code=204, dependencies=[Once])
def report(
    session: SessionDep, who: Working, code: str, number: int, sent: delivery.MilestoneReportCreate
) -> None:
    """Report a milestone with what was counted; its photos are sent before."""
    delivery.report_milestone(
        session,
        milestone_id=delivery.milestone_numbered(session, code, number).id,
        actor=who.actor,
        report=sent.report,
        evidence=[
            delivery.EvidenceItem(
                kind="count", name=count.name, quantity=count.quantity, weight=count.weight
            )
            for count in sent.counts
        ],
    )


@router.put("/projects/{code}/milestones/{number}/acceptance", status_code=204, dependencies=[Once])
def accept(session: SessionDep, who: Working, code: str, number: int) -> None:
    """Accept a reported milestone; its instalment is released."""
    milestone = delivery.milestone_numbered(session, code, number)
    delivery.accept_milestone(session, milestone_id=milestone.id, actor=who.actor)


@router.post("/projects/{code}/assessments", status_code=204, dependencies=[Once])
def assess(session: SessionDep, who: Working, code: str, sent: shapes.AssessmentCreate) -> None:
    """Give one party's answer, or enter a resident's paper sheet; again replaces it."""
    answer = assessments.Answer(sent.party, sent.marks, sent.paper)
    with fields_under("marks"):
        assessments.answer_assessment(
            session, project_id=project_coded(session, code).id, actor=who.actor, answer=answer
        )


@router.post("/projects/{code}/assessments/shortfalls", status_code=204, dependencies=[Once])
def decide_shortfall(
    session: SessionDep, who: Working, code: str, sent: shortfalls.ShortfallCreate
) -> None:
    """Widen the invitation or lower the minimum where too few residents answered, with a reason."""
    shortfalls.decide_shortfall(
        session, project_id=project_coded(session, code).id, actor=who.actor, decision=sent
    )
