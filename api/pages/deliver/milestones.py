"""Milestones: reported with their evidence, looked at, accepted."""

from starlette.responses import Response

from api.deps import SessionDep, SignedIn
from api.files import keep_files, send
from api.gate_forms import AtGate, gate_router
from domain.deliver.acceptance import AcceptanceVerdict, MilestoneState
from services.deliver import delivery
from services.deliver.acceptance import AcceptanceCreate, decide_milestone
from services.deliver.delivery import EvidenceItem, MilestoneReportCreate
from services.deliver.evidence import read_evidence

router = gate_router()


@router.get("/evidence/{sha256}")
def evidence(
    session: SessionDep, v: SignedIn, code: str, key: str, sha256: str, *, small: bool = False
) -> Response:
    """Send a file of a milestone to those who may read the gate; ``small`` a photo to look at."""
    assert v.visitor is not None
    file = read_evidence(
        session,
        v.actor.person_id,
        v.visitor.grants,
        code=code,
        key=key,
        sha256=sha256,
        small=small,
    )
    return send(file)


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
        dates_checked=told.dates_checked,
    )
    return at.done("reported")


@router.form("/milestones/{number}/accept", takes=AcceptanceCreate)
def accept(at: AtGate, number: int) -> Response:
    """Accept a reported milestone, in whole or in part, or send it back."""
    sent = at.read(AcceptanceCreate, shares=("name", "percent"))
    milestone = delivery.milestone_numbered(at.session, at.code, number)
    state = decide_milestone(at.session, milestone_id=milestone.id, actor=at.actor, acceptance=sent)
    ended_in_part = state is MilestoneState.ACCEPTED and sent.verdict is AcceptanceVerdict.IN_PART
    return at.done("settled" if ended_in_part else state)
