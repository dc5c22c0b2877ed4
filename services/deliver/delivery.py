"""Deliver: the milestones of an agreement, reported with their evidence."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Field, Session, SQLModel, col, select

from domain.calendar import BEIJING
from domain.deliver.acceptance import DOUBTS, Doubt, doubts_about
from domain.errors import BadInput, FieldsWrong, NotFound, NotPermitted
from domain.identity.permissions import Act
from domain.lifecycle import Action, Status
from domain.text import Text, listed
from models import Agreement, Evidence, Milestone, Project
from models.limits import LONGEST_TEXT, MOST_PEOPLE
from models.shapes import Command, Shape
from services.award.awards import present_agreement, supplier_of
from services.clock import now
from services.deliver.events import (
    EvidenceFiled,
    MilestoneReported,
)
from services.events.record import record
from services.identity.actors import Actor, authorise, organisation
from services.projects.forming import project_coded
from services.projects.moves import lock_project, move
from services.publish.present_call import current_call


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
    """What an organisation types when a milestone is done.

    ``dates_checked`` says that it is done indeed, where the day is in doubt.
    """

    report: str = Field(min_length=5, max_length=LONGEST_TEXT)
    counts: list[Count] = Field(default_factory=list)
    dates_checked: bool = False


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
    authorise(session, actor, Act.REPORT_DELIVERY, organisation(supplier_of(session, project)))
    if project.status is not Status.DELIVERING or milestone.accepted_at is not None:
        raise NotPermitted(zh="该里程碑不在待报告状态。", en="this milestone takes no report now.")
    return project, milestone


def doubts_of(
    session: Session, project: Project, milestones: Sequence[Milestone]
) -> dict[UUID, tuple[Doubt, ...]]:
    """Return by a milestone's id what the day of its report puts in doubt.

    Before it is reported that is today. A date that both sides agreed on later lies in the period.
    """
    call, at = current_call(session, project), now(session)
    assert call is not None
    return {
        milestone.id: doubts_about(
            (milestone.reported_at or at).astimezone(BEIJING).date(),
            due_on=milestone.due_on,
            delivery_from=call.delivery_from,
            delivery_until=max(call.delivery_until, milestone.due_on),
        )
        for milestone in milestones
    }


def require_dates_checked(doubts: Sequence[Doubt], *, checked: bool) -> None:
    """Raise FieldsWrong for a day in doubt that nobody has looked into."""
    if doubts and not checked:
        why = listed(DOUBTS[doubt] for doubt in doubts)
        raise FieldsWrong(
            {
                "dates_checked": Text(
                    f"日期需要核对：{why.zh}。属实请勾选。",
                    f"Look into the day: {why.en}. Tick the box if it is so.",
                )
            }
        )


def report_milestone(
    session: Session,
    *,
    milestone_id: UUID,
    actor: Actor,
    report: str,
    evidence: list[EvidenceItem],
    dates_checked: bool = False,
) -> None:
    """Report a milestone as done, with its evidence. Raises BadInput without any.

    Files that were filed before count as evidence too. Raises FieldsWrong for a day in doubt that
    nobody has checked.
    """
    project, milestone = require_reporter(session, milestone_id=milestone_id, actor=actor)
    if not (evidence or _filed(session, milestone.id)) or not report.strip():
        raise BadInput(
            zh="请写明完成情况并附上佐证。", en="Say what was done, and attach evidence."
        )
    if milestone.reported_at is None:
        doubts = doubts_of(session, project, [milestone])[milestone.id]
        require_dates_checked(doubts, checked=dates_checked)
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


def accept_delivery(session: Session, project: Project, at: datetime) -> dict[str, object]:
    """Every milestone is accepted: the assessment begins."""
    move(session, project, Action.ACCEPT_DELIVERY, actor="flow", at=at)
    return {}
