"""Complaints about projects under way: filed by anybody, answered by the street, in public."""

from typing import Final
from uuid import UUID

from sqlmodel import Field, Session, col, select

from domain.conduct.conduct_list import CreditRule
from domain.conduct.corrective import Cause
from domain.errors import NotFound, NotPermitted
from domain.identity.permissions import Act
from domain.privacy import mask
from domain.text import Text
from models import Complaint, Project
from models.shapes import Command
from services.award.awards import present_agreement
from services.bid.interests import require_no_interest
from services.calendar.counted_dates import CountedDate, count_days
from services.clock import now
from services.conduct.events import ComplaintDismissed, ComplaintFiled, ComplaintUpheld
from services.conduct.findings import find_fault, require_under_way
from services.district.rounds import settings_of
from services.events import audiences
from services.events.record import record
from services.identity.actors import Actor, authorise, place_of
from services.ledgers import credit
from services.projects.forming import project_coded
from services.projects.moves import lock_project
from services.rows import next_number

COMPLAINT: Final = CountedDate(
    Complaint,
    "due_at",
    Text("投诉答复期限", "answer to a complaint"),
    lambda complaint, _: complaint.answered_at is None,
    public=True,
)


class ComplaintCreate(Command):
    """What somebody complains about."""

    text: str = Field(min_length=5, max_length=2000)


class ComplaintAnswer(Command):
    """Whether it is so, and why; public."""

    upheld: bool
    answer: str = Field(min_length=2, max_length=4000)


def file_complaint(session: Session, *, code: str, complaint: ComplaintCreate) -> Complaint:
    """File a complaint about a project under way, without an account; its street is told.

    Raises NotFound, or NotPermitted for a project that is not delivered or assessed now.
    """
    project = lock_project(session, project_coded(session, code).id)
    require_under_way(project)
    at = now(session)
    days = settings_of(session, project).complaint_days
    filed_complaint = Complaint(
        code=_next_code(session, project),
        project_id=project.id,
        text=complaint.text.strip(),
        filed_at=at,
        due_at=at,
    )
    count_days(session, COMPLAINT, filed_complaint, at=at, days=days, project_id=project.id)
    session.add(filed_complaint)
    record(
        session,
        ComplaintFiled(complaint=filed_complaint.code, due=filed_complaint.due_at),
        about=project.code,
        by="resident",
        at=at,
        to=audiences.street(project.street_code),
        once=f"complaint:{filed_complaint.code}",
    )
    session.flush()
    return filed_complaint


def _next_code(session: Session, project: Project) -> str:
    """Return the next number of a complaint; the project is locked."""
    return f"{project.code}-T{next_number(session, Complaint, Complaint.project_id == project.id)}"


def answer_complaint(
    session: Session, *, complaint_id: UUID, actor: Actor, answer: ComplaintAnswer
) -> None:
    """Uphold a complaint or dismiss it, with reasons that are public.

    Upheld, it is a finding of a corrective action, and an event of every member's credit.
    """
    complaint = session.get(Complaint, complaint_id)
    if complaint is None:
        raise NotFound(what=Text("投诉", "complaint"), key=str(complaint_id))
    project = lock_project(session, complaint.project_id)
    session.refresh(complaint)
    authorise(session, actor, Act.ANSWER_COMPLAINT, place_of(project))
    require_no_interest(session, project, actor)
    if complaint.answered_at is not None:
        raise NotPermitted(zh="该投诉已答复。", en="this complaint has been answered.")
    at = now(session)
    complaint.upheld, complaint.answer = answer.upheld, answer.answer
    complaint.answered_by, complaint.answered_at = actor.person_id, at
    verdict = ComplaintUpheld if answer.upheld else ComplaintDismissed
    record(
        session,
        verdict(complaint=complaint.code),
        about=project.code,
        by=actor.login,
        at=at,
    )
    if answer.upheld:
        credit.enter(
            session,
            project,
            CreditRule.COMPLAINT,
            organisations=credit.members_of(session, present_agreement(session, project).bid_id),
            reference=complaint.code,
            at=at,
        )
    if answer.upheld and project.closed_at is None:
        find_fault(
            session,
            project,
            Cause.COMPLAINT,
            mask(complaint.text),
            at=at,
            by=actor,
            complaint=complaint,
        )
    session.flush()


def complaints_of(session: Session, project: Project) -> list[Complaint]:
    """Return a project's complaints, the newest first."""
    return list(
        session.exec(
            select(Complaint)
            .where(Complaint.project_id == project.id)
            .order_by(col(Complaint.filed_at).desc())
        ).all()
    )


def complaint_coded(session: Session, code: str) -> Complaint:
    """Return the complaint with this code; raise NotFound."""
    complaint = session.exec(select(Complaint).where(Complaint.code == code)).one_or_none()
    if complaint is None:
        raise NotFound(what=Text("投诉", "complaint"), key=code)
    return complaint
