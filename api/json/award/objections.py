"""Objections to an intended award: filed, answered, appealed against."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from api.deps import SessionDep
from api.json.access import Idempotent, Reading, Working
from api.json.routing import ApiRoute
from api.json.shapes import projects as project_shapes
from api.json.shapes.base import Listing
from services.award import objections
from services.award.notice_gates import PUBLIC_NOTICE
from services.gates.work_at import require_at
from services.projects.forming import project_coded

router = APIRouter(route_class=ApiRoute, tags=["lifecycle"])


@router.post("/projects/{code}/objections", status_code=204, dependencies=[Idempotent])
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


@router.patch(
    "/projects/{code}/objections/{objection_id}", status_code=204, dependencies=[Idempotent]
)
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
    "/projects/{code}/objections/{objection_id}/appeal", status_code=204, dependencies=[Idempotent]
)
def appeal(
    session: SessionDep,
    who: Working,
    code: str,
    objection_id: UUID,
    sent: objections.ObjectionCreate,
) -> None:
    """Appeal to the auditor against the dismissal of the caller's own objection."""
    project_coded(session, code)
    objections.appeal_objection(session, objection_id=objection_id, actor=who.actor, appeal=sent)


@router.patch(
    "/projects/{code}/objections/{objection_id}/appeal", status_code=204, dependencies=[Idempotent]
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
