"""Who owes an answer or a report by a day is reminded before it, and others hear once it is over."""

from datetime import datetime, time, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from demo.story import actor_of
from domain.calendar import BEIJING
from domain.gates import GateKind
from domain.lifecycle import Stage
from models import Bid, Gate, Milestone, Objection, Organisation, OutboxMessage, Project
from models.session import unit_of_work
from services.award import objections
from services.award.awards import confirm_agreement, draft_agreement, present_agreement
from services.award.objections import ObjectionCreate, ObjectionUpdate
from services.conduct import complaints
from services.conduct.complaints import ComplaintAnswer
from services.conduct.reminders import remind_of_answers, remind_of_reports
from services.deliver.delivery import milestones_of
from services.gates.reminders import remind
from services.identity.contacts import EmailUpdate, set_email
from services.letters import next_letter
from tests.builders import ProcessWalk, Walk, actor, find_on_visit
from tests.database.award.panel import declare, form, members_of, score
from tests.database.gates.reminding import complain, told

DAY = timedelta(days=1)
OFFICE = "role:district_administrator"
AUDITORS = "role:auditor"


def test_an_answer_to_a_complaint_is_reminded_of_and_escalated_once(in_delivery: Walk) -> None:
    complaint, street = complain(in_delivery), f"street:{in_delivery.project.street_code}"
    assert told(remind_of_answers, complaint.due_at - 2 * DAY) == []
    assert told(remind_of_answers, complaint.due_at - DAY) == [("complaint.remind", street)]
    assert told(remind_of_answers, complaint.due_at - DAY / 2) == []
    assert told(remind_of_answers, complaint.due_at) == [
        ("complaint.escalate", OFFICE),
        ("complaint.escalate", street),
    ]
    assert told(remind_of_answers, complaint.due_at + DAY) == []


def test_who_has_answered_a_complaint_is_not_reminded(in_delivery: Walk) -> None:
    complaint = complain(in_delivery)
    with unit_of_work() as session:
        complaints.answer_complaint(
            session,
            complaint_id=complaint.id,
            actor=actor(f"street-{in_delivery.project.street_code}-1"),
            answer=ComplaintAnswer(upheld=False, answer="已核实，均有签到记录。"),
        )
    assert told(remind_of_answers, complaint.due_at) == []


@pytest.mark.parametrize("answered", [False, True])
def test_an_objection_is_reminded_of_until_it_is_answered(in_notice: Walk, answered: bool) -> None:
    with unit_of_work() as session:
        objection_id: UUID = objections.file_objection(
            session,
            project_id=in_notice.project_id,
            actor=actor("organisation-01"),
            objection=ObjectionCreate(grounds="请核实团队人数。"),
        ).id
    with unit_of_work() as session:
        due = session.get_one(Objection, objection_id).due_at
    assert told(remind_of_answers, due - DAY) == [("objection.remind", OFFICE)]
    if answered:
        with unit_of_work() as session:
            objections.answer_objection(
                session,
                objection_id=objection_id,
                actor=actor("administrator-2"),
                answer=ObjectionUpdate(upheld=False, answer="已核实"),
            )
    assert told(remind_of_answers, due) == ([] if answered else [("objection.escalate", OFFICE)])


def test_an_appeal_is_the_auditor_s_to_decide_in_time_and_the_office_hears_if_not(
    in_notice: Walk,
) -> None:
    who, office = actor("expert-1"), actor("administrator-2")
    with unit_of_work() as session:
        objection_id = objections.file_objection(
            session,
            project_id=in_notice.project_id,
            actor=who,
            objection=ObjectionCreate(grounds="请核实团队人数。"),
        ).id
    with unit_of_work() as session:
        objections.answer_objection(
            session,
            objection_id=objection_id,
            actor=office,
            answer=ObjectionUpdate(upheld=False, answer="已核实"),
        )
    with unit_of_work() as session:
        objections.appeal_objection(
            session,
            objection_id=objection_id,
            actor=who,
            appeal=ObjectionCreate(grounds="没有依据。"),
        )
    with unit_of_work() as session:
        due = session.get_one(Objection, objection_id).appeal_due_at
    assert due is not None
    assert told(remind_of_answers, due - 2 * DAY) == []
    assert told(remind_of_answers, due - DAY) == [("appeal.remind", AUDITORS)]
    assert told(remind_of_answers, due) == [
        ("appeal.escalate", AUDITORS),
        ("appeal.escalate", OFFICE),
    ]
    with unit_of_work() as session:
        objections.decide_appeal(
            session,
            objection_id=objection_id,
            actor=actor("auditor-1"),
            decision=ObjectionUpdate(upheld=False, answer="有据"),
        )
    assert told(remind_of_answers, due + DAY) == []


def test_an_objection_of_an_earlier_notice_is_reminded_of_no_more(in_notice: Walk) -> None:
    with unit_of_work() as session:
        objection = objections.file_objection(
            session,
            project_id=in_notice.project_id,
            actor=actor("organisation-01"),
            objection=ObjectionCreate(grounds="请核实团队人数。"),
        )
        due = objection.due_at
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
        milestone = session.get_one(Milestone, first.id)
        milestone.reported_at = day
    assert told(remind_of_reports, day + 8 * DAY) == []


def supplier(walk: Walk) -> UUID:
    with unit_of_work() as session:
        return session.get_one(Bid, present_agreement(session, walk.project).bid_id).lead_id


def told_at(gate: Gate) -> set[str]:
    """Return who is reminded just before a gate is due."""
    assert gate.due_at is not None
    return {who for topic, who in told(remind, gate.due_at - DAY / 2) if topic == "gate.remind"}


@pytest.mark.parametrize("signed", [False, True])
def test_who_has_an_agreement_to_sign_is_reminded_until_it_has(
    in_notice: Walk, signed: bool
) -> None:
    in_notice.through(Stage.NOTICE, GateKind.TIMER)
    in_notice.do(Stage.NOTICE, "draft-agreement", draft_agreement)
    gate = in_notice.open(Stage.NOTICE, GateKind.EVENT)
    lead = supplier(in_notice)
    if signed:
        with unit_of_work() as session:
            who = actor_of(session, session.get_one(Organisation, lead))
            confirm_agreement(session, project_id=in_notice.project_id, actor=who)
    waits = set() if signed else {f"organisation:{lead}"}
    assert told_at(gate) == {f"street:{in_notice.project.street_code}"} | waits


def test_who_is_to_plan_a_correction_is_reminded(in_delivery: Walk) -> None:
    action = find_on_visit(in_delivery.project)
    gate = ProcessWalk(action.id, in_delivery.story).open(Stage.CORRECT, GateKind.EVENT)
    assert told_at(gate) == {
        f"street:{in_delivery.project.street_code}",
        f"organisation:{action.organisation_id}",
    }


def test_of_a_panel_who_still_owes_marks_is_reminded(at_panel: Walk) -> None:
    gate, (first, second, *others) = form(at_panel), members_of(at_panel)
    declare(at_panel, first, second, *others)
    for member in (first, second):
        score(at_panel, member, 80)
    assert told_at(gate) == {
        f"street:{at_panel.project.street_code}",
        *(f"person:{actor(other).person_id}" for other in others),
    }


def test_a_reminder_is_a_letter_in_both_languages(in_delivery: Walk) -> None:
    complaint = complain(in_delivery)
    with unit_of_work() as session:
        for outbox_message in session.exec(select(OutboxMessage)):
            outbox_message.sent_at = complaint.filed_at
    assert told(remind_of_answers, complaint.due_at - DAY)
    with unit_of_work() as session:
        street = actor(f"street-{in_delivery.project.street_code}-1")
        set_email(session, actor=street, address=EmailUpdate(email="street@example.org"))
        letter = next_letter(session)
        assert letter is not None
        assert letter.title == "揭榜 投诉答复即将到期 · A complaint waits for an answer"
        assert "尚未答复" in letter.body
        assert f"A complaint about {in_delivery.project.code} is to be answered by" in letter.body
