"""Reminders of answers and reports that are owed by a day: once for each, and again when overdue.

What waits at a gate is reminded of by the gate. Source: 投诉, 公示异议 and 里程碑, domain.md.
"""

from datetime import timedelta

from sqlmodel import Session, col, select

from domain.calendar import BEIJING
from domain.lifecycle import Status
from models import Bid, Complaint, Objection, Project
from services.award.awards import present_agreement
from services.clock import now
from services.conduct.findings import unreported_milestones
from services.records import tell

_ANSWER_BEFORE = timedelta(days=1)
_REPORT_BEFORE = timedelta(days=3)
_OFFICE = "role:district_administrator"


def remind_of_answers(session: Session) -> None:
    """Remind whoever answers a complaint or an objection a day before it is due, and once it is.

    A complaint's street is reminded and the administrators hear of what is overdue; an objection
    is answered by the administrators themselves.
    """
    at = now(session)
    complaints = session.exec(
        select(Complaint, Project)
        .join(Project, col(Project.id) == Complaint.project_id)
        .where(col(Complaint.answered_at).is_(None), Complaint.due_at <= at + _ANSWER_BEFORE)
    ).all()
    objections = session.exec(
        select(Objection, Project)
        .join(Project, col(Project.id) == Objection.project_id)
        .where(
            col(Objection.answered_at).is_(None),
            Objection.due_at <= at + _ANSWER_BEFORE,
            # When another objection sends the award back, nobody owes this one an answer.
            Project.status == Status.IN_PUBLIC_NOTICE,
            Objection.round == Project.stage_round,
        )
    ).all()
    owed: list[tuple[Complaint | Objection, Project, str]] = [
        *((one, held, "complaint") for one, held in complaints),
        *((one, held, "objection") for one, held in objections),
    ]
    for one, project, kind in owed:
        level = "escalate" if one.due_at <= at else "remind"
        street = f"street:{project.street_code}"
        audiences = {_OFFICE} if kind == "objection" or level == "escalate" else set()
        audiences |= {street} if kind == "complaint" else set()
        for audience in sorted(audiences):
            tell(
                session,
                key=f"{kind}:{one.id}:{level}:{audience}",
                topic=f"{kind}.{level}",
                audience=audience,
                at=at,
                project=project.code,
                due=one.due_at,
            )


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
