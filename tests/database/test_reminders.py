"""Who owes an answer or a report by a day is reminded before it, and others hear once it is over."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from domain.calendar import BEIJING
from models import Bid, Complaint, Milestone, Objection, OutboxMessage, Project
from models.session import unit_of_work
from services.award import objections
from services.award.awards import present_agreement
from services.clock import move_demo_clock
from services.conduct import complaints
from services.conduct.reminders import remind_of_answers, remind_of_reports
from services.deliver.delivery import milestones_of
from services.letters import next_letter
from tests.builders import Walk, actor

DAY = timedelta(days=1)
OFFICE = "role:district_administrator"


def told(remind: Callable[[Session], None], at: datetime) -> list[tuple[str, str]]:
    """Return what is new in the outbox when the reminders run at a time: topic and audience."""
    with unit_of_work() as session:
        before = set(session.exec(select(OutboxMessage.id)).all())
        move_demo_clock(session, to=at)
        remind(session)
        session.flush()
        rows = session.exec(
            select(OutboxMessage)
            .where(col(OutboxMessage.id).not_in(before))
            .order_by(OutboxMessage.topic, OutboxMessage.audience)
        ).all()
        return [(one.topic, one.audience) for one in rows]


def complain(walk: Walk) -> Complaint:
    with unit_of_work() as session:
        held = complaints.file_complaint(
            session,
            code=walk.project.code,
            complaint=complaints.ComplaintCreate(text="三次上门都没有人来。"),
        )
        return session.get_one(Complaint, held.id)


def test_an_answer_to_a_complaint_is_reminded_of_and_escalated_once(in_delivery: Walk) -> None:
    held, street = complain(in_delivery), f"street:{in_delivery.project.street_code}"
    assert told(remind_of_answers, held.due_at - 2 * DAY) == []
    assert told(remind_of_answers, held.due_at - DAY) == [("complaint.remind", street)]
    assert told(remind_of_answers, held.due_at - DAY / 2) == []
    assert told(remind_of_answers, held.due_at) == [
        ("complaint.escalate", OFFICE),
        ("complaint.escalate", street),
    ]
    assert told(remind_of_answers, held.due_at + DAY) == []


def test_who_has_answered_a_complaint_is_not_reminded(in_delivery: Walk) -> None:
    held = complain(in_delivery)
    with unit_of_work() as session:
        complaints.answer_complaint(
            session,
            complaint_id=held.id,
            actor=actor(f"street-{in_delivery.project.street_code}-1"),
            upheld=False,
            answer="已核实，均有签到记录。",
        )
    assert told(remind_of_answers, held.due_at) == []


@pytest.mark.parametrize("answered", [False, True])
def test_an_objection_is_reminded_of_until_it_is_answered(in_notice: Walk, answered: bool) -> None:
    with unit_of_work() as session:
        found: UUID = objections.file_objection(
            session,
            project_id=in_notice.project_id,
            actor=actor("organisation-01"),
            grounds="请核实团队人数。",
        ).id
    with unit_of_work() as session:
        due = session.get_one(Objection, found).due_at
    assert told(remind_of_answers, due - DAY) == [("objection.remind", OFFICE)]
    if answered:
        with unit_of_work() as session:
            objections.answer_objection(
                session,
                objection_id=found,
                actor=actor("administrator-2"),
                upheld=False,
                answer="已核实",
            )
    assert told(remind_of_answers, due) == ([] if answered else [("objection.escalate", OFFICE)])


def test_an_objection_of_an_earlier_notice_is_reminded_of_no_more(in_notice: Walk) -> None:
    with unit_of_work() as session:
        held = objections.file_objection(
            session,
            project_id=in_notice.project_id,
            actor=actor("organisation-01"),
            grounds="请核实团队人数。",
        )
        due = held.due_at
        session.get_one(Project, in_notice.project_id).stage_round += 1
    assert told(remind_of_answers, due) == []


def test_a_milestone_is_reminded_of_and_again_when_its_date_is_amended(in_delivery: Walk) -> None:
    with unit_of_work() as session:
        first = milestones_of(session, in_delivery.project)[0]
        agreement = present_agreement(session, in_delivery.project)
        supplier = f"organisation:{session.get_one(Bid, agreement.bid_id).lead_id}"
    day = datetime.combine(first.due_on, time(9), BEIJING)
    assert told(remind_of_reports, day - 4 * DAY) == []
    assert told(remind_of_reports, day - 3 * DAY) == [("milestone.remind", supplier)]
    with unit_of_work() as session:
        session.get_one(Milestone, first.id).due_on += timedelta(days=1)
    assert told(remind_of_reports, day - 2 * DAY) == [("milestone.remind", supplier)]
    assert told(remind_of_reports, day + DAY) == []
    assert told(remind_of_reports, day + 2 * DAY) == [
        ("milestone.escalate", supplier),
        ("milestone.escalate", f"street:{in_delivery.project.street_code}"),
    ]
    with unit_of_work() as session:
        session.get_one(Milestone, first.id).due_on += timedelta(days=9)
        held = session.get_one(Milestone, first.id)
        held.reported_at = day
    assert told(remind_of_reports, day + 8 * DAY) == []


def test_a_reminder_is_a_letter_in_both_languages(in_delivery: Walk) -> None:
    held = complain(in_delivery)
    with unit_of_work() as session:
        for one in session.exec(select(OutboxMessage)):
            one.sent_at = held.filed_at
    assert told(remind_of_answers, held.due_at - DAY)
    with unit_of_work() as session:
        letter = next_letter(session)
        assert letter is not None
        assert letter.title == "揭榜 投诉答复即将到期 · A complaint waits for an answer"
        assert "尚未答复" in letter.body
        assert f"A complaint about {in_delivery.project.code} is to be answered by" in letter.body
