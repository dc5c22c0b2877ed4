"""What a project has delivered, as those see it who judge it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from domain.conduct.corrective import CorrectiveStatus
from domain.deliver.delivery import StatusColour
from domain.privacy import mask
from models import (
    Agreement,
    BidMember,
    Call,
    Complaint,
    CorrectiveAction,
    Evidence,
    Milestone,
    Organisation,
    Project,
    Visit,
)
from services.award.awards import present_agreement
from services.deliver.acceptance import AcceptanceLine, acceptances_of
from services.deliver.delivery import milestones_of
from services.deliver.evidence import evidence_of
from services.deliver.indicators import IndicatorProgress, progress_of
from services.publish.present_call import current_call


@dataclass(frozen=True, slots=True)
class DeliveredMilestone:
    """A milestone with what was filed for it, and the verdicts on it."""

    milestone: Milestone
    evidence: tuple[Evidence, ...]
    acceptances: tuple[AcceptanceLine, ...]


@dataclass(frozen=True, slots=True)
class JudgedComplaint:
    """A complaint, masked: whether it was upheld, and the answer; None while it is open."""

    code: str
    filed_at: datetime
    text: str | None
    upheld: bool | None
    answer: str | None


@dataclass(frozen=True, slots=True)
class JudgedVisit:
    """A visit: its day, how the project was seen to stand, and the note, masked."""

    visited_on: date
    colour: StatusColour
    note: str


@dataclass(frozen=True, slots=True)
class JudgedCorrection:
    """A corrective action on the project, and where it stands."""

    code: str
    status: CorrectiveStatus


@dataclass(frozen=True, slots=True)
class Delivered:
    """What was promised beside what was done: by whom, and what others say of it."""

    call: Call
    members: tuple[str, ...]
    agreement: Agreement
    indicators: tuple[IndicatorProgress, ...]
    milestones: tuple[DeliveredMilestone, ...]
    complaints: tuple[JudgedComplaint, ...]
    visits: tuple[JudgedVisit, ...]
    corrections: tuple[JudgedCorrection, ...]


def delivered_of(session: Session, project: Project) -> Delivered:
    """Return what was delivered under the project's present agreement."""
    agreement = present_agreement(session, project)
    call = current_call(session, project)
    assert call is not None
    milestones = milestones_of(session, project)
    evidence, acceptances = evidence_of(session, milestones), acceptances_of(session, milestones)
    return Delivered(
        call,
        _members(session, agreement),
        agreement,
        progress_of(session, [agreement])[agreement.id],
        tuple(
            DeliveredMilestone(
                milestone, tuple(evidence[milestone.id]), tuple(acceptances[milestone.id])
            )
            for milestone in milestones
        ),
        _complaints(session, project),
        _visits(session, project),
        _corrections(session, project),
    )


def _members(session: Session, agreement: Agreement) -> tuple[str, ...]:
    """Return the names of the organisations that delivered, the lead first."""
    return tuple(
        session.exec(
            select(Organisation.name)
            .join(BidMember, col(BidMember.organisation_id) == Organisation.id)
            .where(BidMember.bid_id == agreement.bid_id)
            .order_by(col(BidMember.is_lead).desc(), col(Organisation.name))
        )
    )


def _complaints(session: Session, project: Project) -> tuple[JudgedComplaint, ...]:
    rows = session.exec(
        select(Complaint)
        .where(Complaint.project_id == project.id)
        .order_by(col(Complaint.filed_at).desc())
    )
    return tuple(
        JudgedComplaint(
            row.code,
            row.filed_at,
            mask(row.text) if row.answer else None,
            row.upheld,
            mask(row.answer) if row.answer else None,
        )
        for row in rows
    )


def _visits(session: Session, project: Project) -> tuple[JudgedVisit, ...]:
    rows = session.exec(
        select(Visit)
        .where(Visit.project_id == project.id)
        .order_by(col(Visit.visited_on).desc(), col(Visit.entered_at).desc())
    )
    return tuple(JudgedVisit(row.visited_on, row.colour, mask(row.note)) for row in rows)


def _corrections(session: Session, project: Project) -> tuple[JudgedCorrection, ...]:
    rows = session.exec(
        select(CorrectiveAction)
        .where(CorrectiveAction.project_id == project.id)
        .order_by(col(CorrectiveAction.opened_at).desc())
    )
    return tuple(JudgedCorrection(row.code, row.status) for row in rows)
