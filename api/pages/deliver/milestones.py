"""Milestones: reported with their evidence, looked at, accepted."""

from starlette.responses import Response

from api.deps import SessionDep, SignedIn
from api.files import keep_files, send
from api.gate_forms import AtGate, gate_router
from services.deliver import delivery
from services.deliver.delivery import EvidenceItem, MilestoneReportCreate
from services.deliver.evidence_files import read_evidence

router = gate_router()


@router.get("/evidence/{sha256}")
def evidence(session: SessionDep, v: SignedIn, code: str, key: str, sha256: str) -> Response:
    """Send a file of a milestone to those who may read the gate."""
    assert v.visitor is not None
    grants = v.visitor.grants
    return send(
        read_evidence(session, v.actor.person_id, grants, code=code, key=key, sha256=sha256)
    )


@router.form("/milestones/{number}/report", takes=MilestoneReportCreate)
def report(at: AtGate, number: int) -> Response:
    """Report a milestone with its evidence."""
    names = {"report": f"report-{number}", "counts": f"counts-{number}"}
    told = at.read(MilestoneReportCreate, names, counts=("name", "quantity", "weight"))
    milestone_id = delivery.milestone_numbered(at.session, at.code, number).id
    delivery.require_reporter(at.session, milestone_id=milestone_id, actor=at.actor, lock=False)
    counts = [EvidenceItem(kind="count", **count.model_dump()) for count in told.counts]
    files = [
        EvidenceItem(kind="file", name=file.name, sha256=file.sha256)
        for file in keep_files(at.typed, f"photos-{number}")
    ]
    delivery.report_milestone(
        at.session,
        milestone_id=milestone_id,
        actor=at.actor,
        report=told.report,
        evidence=[*counts, *files],
    )
    return at.done("reported")


@router.form("/milestones/{number}/accept")
def accept(at: AtGate, number: int) -> Response:
    """Accept a reported milestone."""
    milestone = delivery.milestone_numbered(at.session, at.code, number)
    delivery.accept_milestone(at.session, milestone_id=milestone.id, actor=at.actor)
    return at.done("accepted")
