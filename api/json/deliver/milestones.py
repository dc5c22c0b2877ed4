"""Milestones: their files, reports and acceptance."""

from fastapi import APIRouter, UploadFile

from api.deps import SessionDep
from api.json.access import Idempotent, Working
from api.json.routing import ApiRoute
from services.deliver import delivery
from services.deliver.acceptance import AcceptanceCreate, decide_milestone
from services.uploads import LARGEST, Stored, Upload, keep_upload

router = APIRouter(route_class=ApiRoute, tags=["lifecycle"])


@router.post(
    "/projects/{code}/milestones/{number}/files",
    status_code=201,
)
def add_file(session: SessionDep, who: Working, code: str, number: int, file: UploadFile) -> Stored:
    """Add a photo (JPG, PNG, WebP) or PDF to a milestone; the same again changes nothing."""
    milestone_id = delivery.milestone_numbered(session, code, number).id
    delivery.require_reporter(session, milestone_id=milestone_id, actor=who.actor, lock=False)
    sent = Upload(file.filename or "", file.file.read(LARGEST + 1))
    kept = keep_upload(sent)
    delivery.file_evidence(
        session, milestone_id=milestone_id, actor=who.actor, name=kept.name, sha256=kept.sha256
    )
    return kept


@router.put(
    "/projects/{code}/milestones/{number}/report", status_code=204, dependencies=[Idempotent]
)
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
        dates_checked=sent.dates_checked,
    )


@router.put(
    "/projects/{code}/milestones/{number}/acceptance", status_code=204, dependencies=[Idempotent]
)
def accept(
    session: SessionDep, who: Working, code: str, number: int, sent: AcceptanceCreate
) -> None:
    """Accept a reported milestone, in whole or in part, or send it back; what is accepted is paid."""
    milestone = delivery.milestone_numbered(session, code, number)
    decide_milestone(session, milestone_id=milestone.id, actor=who.actor, acceptance=sent)
