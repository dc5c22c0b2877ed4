"""Objections to an intended award: filed in public, answered at the gate, appealed against."""

from uuid import UUID

from starlette.responses import Response

from api.deps import SessionDep, SignedIn
from api.form_routes import FormRouter
from api.forms import FormDataDep
from api.gate_forms import GATE, AtGate
from services.award import objections
from services.award.objections import ObjectionCreate, ObjectionUpdate
from services.projects.forming import project_coded

router = FormRouter()


@router.form("/projects/{code}/objection", shown="/projects/{code}", takes=ObjectionCreate)
def object_to(session: SessionDep, v: SignedIn, typed: FormDataDep, code: str) -> Response:
    """File an objection during the public notice."""
    objections.file_objection(
        session,
        project_id=project_coded(session, code).id,
        actor=v.actor,
        objection=typed.read(ObjectionCreate),
    )
    return v.go(f"/projects/{code}", done="objected")


@router.form(
    "/projects/{code}/objection/{objection_id}/appeal",
    shown="/projects/{code}",
    takes=ObjectionCreate,
)
def appeal(
    session: SessionDep, v: SignedIn, typed: FormDataDep, code: str, objection_id: UUID
) -> Response:
    """Appeal to the auditor against the dismissal of the visitor's own objection."""
    project_coded(session, code)
    objections.appeal_objection(
        session,
        objection_id=objection_id,
        actor=v.actor,
        appeal=typed.read(ObjectionCreate, {"grounds": f"appeal-{objection_id}"}),
    )
    return v.go(f"/projects/{code}", done="appealed")


@router.form(GATE + "/objections/{objection_id}", shown=GATE, takes=ObjectionUpdate)
def answer_objection(at: AtGate, objection_id: UUID) -> Response:
    """Uphold or dismiss an objection, with reasons."""
    names = {"upheld": f"upheld-{objection_id}", "answer": f"answer-{objection_id}"}
    answer = at.read(ObjectionUpdate, names)
    objections.answer_objection(
        at.session, objection_id=objection_id, actor=at.actor, answer=answer
    )
    return at.done("answered")


@router.form(GATE + "/appeals/{objection_id}", shown=GATE, takes=ObjectionUpdate)
def decide_appeal(at: AtGate, objection_id: UUID) -> Response:
    """Decide an appeal for good, with reasons."""
    names = {"upheld": f"appeal-{objection_id}", "answer": f"appeal-answer-{objection_id}"}
    decision = at.read(ObjectionUpdate, names)
    objections.decide_appeal(
        at.session, objection_id=objection_id, actor=at.actor, decision=decision
    )
    return at.done("answered")
