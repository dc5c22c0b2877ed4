"""Deliver: milestones reported with evidence, accepted by the street, paid by instalments."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Field, Session, SQLModel, col, select

from domain.errors import BadInput, NotFound, NotPermitted
from domain.gates import GateKind
from domain.identity.permissions import Act
from domain.lifecycle import Action, Status
from domain.text import Text
from models import Agreement, Bid, Evidence, Milestone, Project
from models.limits import LONGEST_TEXT, MOST_PEOPLE
from models.shapes import Command, Shape
from services.award.awards import present_agreement
from services.bid.interests import require_no_interest
from services.clock import now
from services.deliver.events import (
    EvidenceFiled,
    InstalmentReleased,
    MilestoneAccepted,
    MilestoneReported,
)
from services.events import audiences
from services.events.record import record, tell
from services.gates.settle_gate import settle_current
from services.identity.actors import Actor, authorise, organisation, place_of
from services.projects.forming import project_coded
from services.projects.moves import lock_project, move


class EvidenceItem(SQLModel):
    """A piece of evidence: a file by its SHA-256, or a counted quantity."""

    kind: str = Field(min_length=1)
    name: str = Field(min_length=1)
    quantity: Decimal | None = Field(default=None, ge=0)
    weight: Decimal | None = Field(default=None, ge=0)
    sha256: str | None = Field(default=None, min_length=64, max_length=64)


class Count(Shape):
    """A counted quantity as the organisation types it."""

    name: str = Field(min_length=1, max_length=120)
    quantity: Decimal = Field(ge=0, le=MOST_PEOPLE)
    weight: Decimal | None = Field(default=None, ge=0, le=MOST_PEOPLE)


class MilestoneReportCreate(Command):
    """What an organisation types when a milestone is done."""

    report: str = Field(min_length=5, max_length=LONGEST_TEXT)
    counts: list[Count] = Field(default_factory=list)


def agreed() -> ColumnElement[bool]:
    """Hold for the milestones of a project's newest agreement, in a query of milestones.

    An earlier agreement that was never signed has milestones too.
    """
    newest = (
        select(Agreement.id)
        .where(Agreement.project_id == Milestone.project_id)
        .order_by(col(Agreement.round).desc())
        .limit(1)
        .correlate(Milestone)
        .scalar_subquery()
    )
    return col(Milestone.agreement_id) == newest


def milestones_of(session: Session, project: Project) -> list[Milestone]:
    """Return the milestones of the present agreement in order."""
    agreement = present_agreement(session, project)
    return list(
        session.exec(
            select(Milestone)
            .where(Milestone.agreement_id == agreement.id)
            .order_by(col(Milestone.number))
        ).all()
    )


def milestone_numbered(session: Session, code: str, number: int) -> Milestone:
    """Return a project's milestone by its number; raise NotFound."""
    project = project_coded(session, code)
    milestones = milestones_of(session, project)
    milestone = next((candidate for candidate in milestones if candidate.number == number), None)
    if milestone is None:
        raise NotFound(what=Text("里程碑", "milestone"), key=str(number))
    return milestone


def require_reporter(
    session: Session, *, milestone_id: UUID, actor: Actor, lock: bool = True
) -> tuple[Project, Milestone]:
    """Return the project and the milestone, if ``actor`` may report it now.

    The project is locked, but where it is only asked before files are read.
    """
    milestone = session.get_one(Milestone, milestone_id)
    if lock:
        project = lock_project(session, milestone.project_id)
        session.refresh(milestone)
    else:
        project = session.get_one(Project, milestone.project_id)
    lead_id = session.get_one(Bid, present_agreement(session, project).bid_id).lead_id
    authorise(session, actor, Act.REPORT_DELIVERY, organisation(lead_id))
    if project.status is not Status.DELIVERING or milestone.accepted_at is not None:
        raise NotPermitted(zh="该里程碑不在待报告状态。", en="this milestone takes no report now.")
    return project, milestone


def report_milestone(
    session: Session, *, milestone_id: UUID, actor: Actor, report: str, evidence: list[EvidenceItem]
) -> None:
    """Report a milestone as done, with its evidence. Raises BadInput without any.

    Files that were filed before count as evidence too.
    """
    project, milestone = require_reporter(session, milestone_id=milestone_id, actor=actor)
    if not (evidence or _filed(session, milestone.id)) or not report.strip():
        raise BadInput(
            zh="请写明完成情况并附上佐证。", en="Say what was done, and attach evidence."
        )
    at = now(session)
    milestone.report, milestone.reported_at = report.strip(), at
    for item in evidence:
        session.add(Evidence(milestone_id=milestone.id, filed_at=at, **item.model_dump()))
    record(
        session,
        MilestoneReported(milestone=milestone.number, evidence=len(evidence)),
        about=project.code,
        by=actor.login,
        at=at,
    )
    session.flush()


def file_evidence(
    session: Session, *, milestone_id: UUID, actor: Actor, name: str, sha256: str
) -> None:
    """Add a kept file to a milestone that is still to be accepted; the same again changes nothing."""
    project, milestone = require_reporter(session, milestone_id=milestone_id, actor=actor)
    if sha256 in _filed(session, milestone_id):
        return
    at = now(session)
    session.add(
        Evidence(milestone_id=milestone_id, kind="file", name=name, sha256=sha256, filed_at=at)
    )
    record(
        session,
        EvidenceFiled(milestone=milestone.number, sha256=sha256),
        about=project.code,
        by=actor.login,
        at=at,
    )
    session.flush()


def _filed(session: Session, milestone_id: UUID) -> set[str | None]:
    rows = select(Evidence.sha256).where(
        Evidence.milestone_id == milestone_id, Evidence.kind == "file"
    )
    return set(session.exec(rows))


def evidence_file(session: Session, project: Project, sha256: str) -> Evidence:
    """Return the evidence of a project that is this file; raise NotFound."""
    evidence = session.exec(
        select(Evidence)
        .join(Milestone, col(Milestone.id) == Evidence.milestone_id)
        .where(Milestone.project_id == project.id, Evidence.sha256 == sha256)
    ).first()
    if evidence is None:
        raise NotFound(what=Text("附件", "file"), key=sha256[:12])
    return evidence


def accept_milestone(session: Session, *, milestone_id: UUID, actor: Actor) -> None:
    """Accept a reported milestone; its instalment is released, the last one only at the closing."""
    milestone = session.get_one(Milestone, milestone_id)
    project = lock_project(session, milestone.project_id)
    session.refresh(milestone)
    authorise(session, actor, Act.ACCEPT_DELIVERY, place_of(project))
    require_no_interest(session, project, actor)
    if milestone.reported_at is None:
        raise NotPermitted(zh="该里程碑尚未报告。", en="this milestone has not been reported.")
    if milestone.accepted_at is not None:
        return
    at = now(session)
    milestone.accepted_at, milestone.accepted_by = at, actor.person_id
    session.flush()
    if milestone.number != milestones_of(session, project)[-1].number:
        release_instalment(session, project, milestone, at)
    record(
        session,
        MilestoneAccepted(milestone=milestone.number),
        about=project.code,
        by=actor.login,
        at=at,
    )
    settle_current(session, project, GateKind.EVENT, at)


def release_instalment(
    session: Session, project: Project, milestone: Milestone, at: datetime
) -> None:
    """Release the instalment of an accepted milestone, once."""
    if milestone.released_at is None:
        milestone.released_at = at
        tell(
            session,
            InstalmentReleased(milestone=milestone.number, amount=milestone.amount),
            about=project.code,
            at=at,
            to=audiences.street(project.street_code),
            once=f"instalment:{milestone.id}",
        )
        session.flush()


def accept_delivery(session: Session, project: Project, at: datetime) -> dict[str, object]:
    """Every milestone is accepted: the assessment begins."""
    move(session, project, Action.ACCEPT_DELIVERY, actor="flow", at=at)
    return {}
