"""Reminders of answers and reports that are owed by a day: once for each, and again when overdue.

What waits at a gate is reminded of by the gate. Source: the district's rules, 投诉, 公示异议 and 里程碑.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import Session, col, select

from domain.calendar import BEIJING
from models import Complaint, Objection, Project
from services.award.awards import supplier_of
from services.award.moot_objections import is_moot
from services.clock import now
from services.conduct.findings import unreported_milestones
from services.conduct.reminder_events import (
    AnswerOwed,
    AppealDueSoon,
    AppealOverdue,
    ComplaintDueSoon,
    ComplaintOverdue,
    MilestoneDueSoon,
    MilestoneOverdue,
    ObjectionDueSoon,
    ObjectionOverdue,
)
from services.events import audiences
from services.events.audiences import Audience
from services.events.record import tell

_ANSWER_BEFORE = timedelta(days=1)
_REPORT_BEFORE = timedelta(days=3)
_WORDS: Final[Mapping[str, tuple[type[AnswerOwed], type[AnswerOwed]]]] = {
    "complaint": (ComplaintDueSoon, ComplaintOverdue),
    "objection": (ObjectionDueSoon, ObjectionOverdue),
    "appeal": (AppealDueSoon, AppealOverdue),
}
_LEVEL: Final = ("remind", "escalate")


class _Owed(NamedTuple):
    """An answer that is owed: what to, by when, by whom."""

    kind: str
    id: UUID
    due_at: datetime
    project: Project
    by: Audience


def remind_of_answers(session: Session) -> None:
    """Remind those who owe an answer a day before it is due, and once it is.

    A complaint is answered by the street, an objection by the administrators, an appeal by the
    auditors; the administrators hear of whatever is overdue.
    """
    at = now(session)
    soon = at + _ANSWER_BEFORE
    complaints = session.exec(
        select(Complaint, Project)
        .join(Project, col(Project.id) == Complaint.project_id)
        .where(col(Complaint.answered_at).is_(None), Complaint.due_at <= soon)
    )
    owed = [
        _Owed(
            "complaint",
            complaint.id,
            complaint.due_at,
            project,
            audiences.street(project.street_code),
        )
        for complaint, project in complaints
    ]
    for owed_answer in [*owed, *_objections(session, soon)]:
        overdue = owed_answer.due_at <= at
        soon_or_late = _WORDS[owed_answer.kind][overdue]
        tell(
            session,
            soon_or_late(due=owed_answer.due_at),
            about=owed_answer.project.code,
            at=at,
            to=sorted({owed_answer.by, audiences.ADMINISTRATORS} if overdue else {owed_answer.by}),
            once=f"{owed_answer.kind}:{owed_answer.id}:{owed_answer.due_at.isoformat()}:{_LEVEL[overdue]}",
        )


def _objections(session: Session, soon: datetime) -> Iterator[_Owed]:
    """Yield the objections and appeals to answer soon; nobody owes an answer to a moot one."""
    rows = session.exec(
        select(Objection, Project)
        .join(Project, col(Project.id) == Objection.project_id)
        .where(
            or_(
                col(Objection.answered_at).is_(None) & (col(Objection.due_at) <= soon),
                col(Objection.appeal_answered_at).is_(None)
                & (col(Objection.appeal_due_at) <= soon),
            )
        )
    )
    for objection, project in rows:
        if is_moot(project, objection):
            continue
        if objection.appeal_due_at:
            yield _Owed(
                "appeal", objection.id, objection.appeal_due_at, project, audiences.AUDITORS
            )
        else:
            yield _Owed(
                "objection", objection.id, objection.due_at, project, audiences.ADMINISTRATORS
            )


def remind_of_reports(session: Session) -> None:
    """Remind an organisation of a milestone three days before its day; the street, once it is over.

    A date that is amended is reminded of anew.
    """
    at = now(session)
    today = at.astimezone(BEIJING).date()
    for milestone, project in unreported_milestones(session, today + _REPORT_BEFORE):
        overdue = milestone.awaited_on < today
        kind = MilestoneOverdue if overdue else MilestoneDueSoon
        lead = supplier_of(session, project)
        street = [audiences.street(project.street_code)] if overdue else []
        tell(
            session,
            kind(milestone=milestone.number, day=milestone.awaited_on),
            about=project.code,
            at=at,
            to=[audiences.organisation(lead), *street],
            once=f"milestone:{milestone.id}:{milestone.awaited_on}:{_LEVEL[overdue]}",
        )
