"""Reminders of answers and reports that are owed by a day: once for each, and again when overdue.

What waits at a gate is reminded of by the gate. Source: 投诉, 公示异议 and 里程碑, domain.md.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import Session, col, select

from domain.calendar import BEIJING
from models import Bid, Complaint, Objection, Project
from services.award.awards import present_agreement
from services.award.moot_objections import is_moot
from services.clock import now
from services.conduct.findings import unreported_milestones
from services.records import tell

_ANSWER_BEFORE = timedelta(days=1)
_REPORT_BEFORE = timedelta(days=3)
_OFFICE = "role:district_administrator"
_AUDITORS = "role:auditor"


class _Owed(NamedTuple):
    """An answer that is owed: what to, by when, by whom."""

    kind: str
    id: UUID
    due_at: datetime
    project: Project
    by: str


def remind_of_answers(session: Session) -> None:
    """Remind whoever owes an answer a day before it is due, and once it is.

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
        _Owed("complaint", one.id, one.due_at, project, f"street:{project.street_code}")
        for one, project in complaints
    ]
    for one in [*owed, *_objections(session, soon)]:
        level = "escalate" if one.due_at <= at else "remind"
        for audience in sorted({one.by, _OFFICE} if level == "escalate" else {one.by}):
            tell(
                session,
                key=f"{one.kind}:{one.id}:{one.due_at.isoformat()}:{level}:{audience}",
                topic=f"{one.kind}.{level}",
                audience=audience,
                at=at,
                project=one.project.code,
                due=one.due_at,
            )


def _objections(session: Session, soon: datetime) -> Iterator[_Owed]:
    """Yield the objections and appeals to answer soon; to what is moot nobody owes an answer."""
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
    for one, project in rows:
        if is_moot(project, one):
            continue
        if one.appeal_due_at:
            yield _Owed("appeal", one.id, one.appeal_due_at, project, _AUDITORS)
        else:
            yield _Owed("objection", one.id, one.due_at, project, _OFFICE)


def remind_of_reports(session: Session) -> None:
    """Remind an organisation of a milestone three days before its day; the street, once it is over.

    A date that is amended is reminded of anew.
    """
    at = now(session)
    today = at.astimezone(BEIJING).date()
    for milestone, project in unreported_milestones(session, today + _REPORT_BEFORE):
        level = "escalate" if milestone.due_on < today else "remind"
        lead = session.get_one(Bid, present_agreement(session, project).bid_id).lead_id
        audiences = [f"organisation:{lead}"]
        if level == "escalate":
            audiences.append(f"street:{project.street_code}")
        for audience in audiences:
            tell(
                session,
                key=f"milestone:{milestone.id}:{milestone.due_on}:{level}:{audience}",
                topic=f"milestone.{level}",
                audience=audience,
                at=at,
                project=project.code,
                milestone=milestone.number,
                day=milestone.due_on,
            )
