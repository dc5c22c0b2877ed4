"""Complaints and findings: what opens a corrective action, and what it costs."""

from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError
from sqlmodel import select

from demo.story import actor_of
from domain.calendar import BEIJING
from domain.conduct.conduct_list import CreditRule
from domain.deliver.delivery import StatusColour
from domain.errors import BadInput, NotPermitted
from models import (
    AuditEntry,
    Complaint,
    CorrectiveAction,
    CreditEvent,
    Finding,
    Milestone,
    Organisation,
    OutboxMessage,
)
from models.session import unit_of_work
from services.award.awards import present_agreement
from services.clock import move_demo_clock, now
from services.conduct import complaints, findings
from services.conduct.complaints import ComplaintAnswer, ComplaintCreate
from services.conduct.findings import VisitCreate
from services.deliver.delivery import milestones_of
from services.identity.actors import Actor
from services.ledgers.credit import members_of
from tests.builders import Walk, actor, find_on_visit, new_project


@pytest.fixture
def walk(in_delivery: Walk) -> Walk:
    return in_delivery


def street(walk: Walk, number: int = 1) -> Actor:
    return actor(f"street-{walk.project.street_code}-{number}")


def complain(walk: Walk, text: str = "两周没有按时开展活动。") -> Complaint:
    with unit_of_work() as session:
        return complaints.file_complaint(
            session, code=walk.project.code, complaint=ComplaintCreate(text=text)
        )


def answer(walk: Walk, complaint: Complaint, *, upheld: bool, text: str = "情况属实。") -> None:
    with unit_of_work() as session:
        complaints.answer_complaint(
            session,
            complaint_id=complaint.id,
            actor=street(walk),
            answer=ComplaintAnswer(upheld=upheld, answer=text),
        )


def action_of(walk: Walk) -> CorrectiveAction:
    with unit_of_work() as session:
        action = findings.open_action(session, walk.project)
    assert action is not None
    return action


def find(walk: Walk) -> CorrectiveAction:
    """Open a corrective action by a visit."""
    return find_on_visit(walk.project)


@pytest.mark.rule("Deliver")
def test_an_upheld_complaint_opens_a_corrective_action_and_costs_every_member(walk: Walk) -> None:
    complaint = complain(walk)
    answer(walk, complaint, upheld=True)
    with unit_of_work() as session:
        finding = session.exec(select(Finding)).one()
        assert finding.complaint_id == complaint.id
        members = members_of(session, present_agreement(session, walk.project).bid_id)
        events = session.exec(select(CreditEvent)).all()
        assert {event.organisation_id for event in events} == set(members)
        assert {(event.rule, event.points, event.reference) for event in events} == {
            (CreditRule.COMPLAINT, Decimal(-5), complaint.code)
        }
        told = session.exec(
            select(OutboxMessage).where(OutboxMessage.topic == "corrective.found")
        ).one()
        assert told.audience == f"organisation:{action_of(walk).organisation_id}"


def test_a_dismissed_complaint_changes_nothing_but_its_answer(walk: Walk) -> None:
    complaint = complain(walk)
    answer(walk, complaint, upheld=False, text="当天因暴雨停课，已提前通知。")
    with unit_of_work() as session:
        assert session.exec(select(CorrectiveAction)).first() is None
        assert session.exec(select(CreditEvent)).first() is None
        assert session.get_one(Complaint, complaint.id).upheld is False
    with pytest.raises(NotPermitted, match="has been answered"):
        answer(walk, complaint, upheld=True)


def test_a_complaint_is_answered_by_the_street_with_reasons(walk: Walk) -> None:
    complaint = complain(walk)
    with pytest.raises(ValidationError):
        answer(walk, complaint, upheld=True, text=" ")
    with unit_of_work() as session, pytest.raises(NotPermitted):
        complaints.answer_complaint(
            session,
            complaint_id=complaint.id,
            actor=actor("expert-1"),
            answer=ComplaintAnswer(upheld=True, answer="属实"),
        )
    with unit_of_work() as session:
        lead = members_of(session, present_agreement(session, walk.project).bid_id)[0]
        own = actor_of(session, session.get_one(Organisation, lead))
    with unit_of_work() as session, pytest.raises(NotPermitted):
        complaints.answer_complaint(
            session,
            complaint_id=complaint.id,
            actor=own,
            answer=ComplaintAnswer(upheld=False, answer="不属实"),
        )


@pytest.mark.usefixtures("database")
def test_only_a_project_under_way_is_complained_of() -> None:
    early = Walk(new_project())
    with pytest.raises(NotPermitted, match="not being delivered"):
        complain(early)


def test_what_is_found_next_joins_the_open_action(walk: Walk) -> None:
    first = find(walk)
    answer(walk, complain(walk), upheld=True)
    with unit_of_work() as session:
        assert {finding.action_id for finding in session.exec(select(Finding)).all()} == {first.id}
        assert session.exec(select(CorrectiveAction)).one().code == f"{walk.project.code}-Z1"


@pytest.mark.rule("Deliver")
def test_a_late_milestone_is_found_once_after_its_days_of_grace(walk: Walk) -> None:
    with unit_of_work() as session:
        first = milestones_of(session, walk.project)[0]
        due = datetime.combine(first.due_on, time(12), BEIJING)
        move_demo_clock(session, to=due + timedelta(days=1))
    with unit_of_work() as session:
        assert findings.find_late_milestones(session) == 0
    with unit_of_work() as session:
        move_demo_clock(session, to=due + timedelta(days=15))
    with unit_of_work() as session:
        assert findings.find_late_milestones(session) == 1
    with unit_of_work() as session:
        assert findings.find_late_milestones(session) == 0
        assert session.exec(select(Finding)).one().milestone_id == first.id
        entry = session.exec(
            select(AuditEntry).where(AuditEntry.action == "corrective.found")
        ).one()
        assert (entry.actor, entry.subject) == ("flow", walk.project.code)


def test_a_milestone_that_is_reported_late_but_within_grace_is_no_finding(walk: Walk) -> None:
    with unit_of_work() as session:
        first = milestones_of(session, walk.project)[0]
        move_demo_clock(session, to=datetime.combine(first.due_on, time(12), BEIJING))
    with unit_of_work() as session:
        session.get_one(Milestone, first.id).reported_at = now(session)
    with unit_of_work() as session:
        move_demo_clock(
            session, to=datetime.combine(first.due_on, time(12), BEIJING) + timedelta(days=15)
        )
    with unit_of_work() as session:
        assert findings.find_late_milestones(session) == 0


def visit(walk: Walk, who: Actor, colour: StatusColour, days: int = 0) -> None:
    with unit_of_work() as session:
        day = now(session).astimezone(BEIJING).date() + timedelta(days=days)
        findings.record_visit(
            session,
            project_id=walk.project_id,
            actor=who,
            visit=VisitCreate(visited_on=day, colour=colour, note="看了两场活动。"),
        )


@pytest.mark.rule("Deliver")
def test_the_last_visit_colours_the_project_and_a_red_one_is_to_be_corrected(walk: Walk) -> None:
    secretary = actor(f"secretary-{walk.project.community_code}-1")
    visit(walk, secretary, StatusColour.AMBER, days=-1)
    with unit_of_work() as session:
        delivery = findings.delivery_of(session, walk.project)
        assert delivery is not None
        assert delivery.colour is StatusColour.AMBER
    visit(walk, secretary, StatusColour.GREEN)
    with unit_of_work() as session:
        assert findings.delivery_of(session, walk.project) == (StatusColour.GREEN, ())
        assert findings.open_action(session, walk.project) is None
    visit(walk, secretary, StatusColour.RED)
    with unit_of_work() as session:
        assert findings.open_action(session, walk.project) is not None
        assert len(findings.visits_of(session, walk.project)) == 3


def test_a_visit_is_of_the_place_and_not_on_a_day_to_come(walk: Walk) -> None:
    with pytest.raises(BadInput, match="a day to come"):
        visit(walk, street(walk), StatusColour.GREEN, days=1)
    with pytest.raises(NotPermitted):
        visit(walk, actor("expert-1"), StatusColour.GREEN)
