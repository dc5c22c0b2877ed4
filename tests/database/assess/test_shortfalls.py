"""Too few residents answer: what an administrator may decide, when, and what follows from it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from domain.assess.shortfall import Remedy
from domain.award.scoring import Party
from domain.errors import BadInput, NotPermitted
from domain.gates import Outcome
from domain.lifecycle import Stage
from models import Gate, OutboxMessage, Shortfall
from models.session import unit_of_work
from services.assess import assessments, shortfalls
from services.assess.assessment_rules import assessment_rules
from services.assess.shortfalls import ShortfallCreate
from services.clock import move_demo_clock
from services.gates.check_stage import check_stage
from services.gates.reminders import remind
from services.gates.tasks import tasks_of
from services.identity.actors import grants_of
from services.public.public_project import read_public_project
from tests.builders import Walk, actor

WHY = "暑期居民外出，两次上门后仍不足。"


@pytest.fixture
def walk(in_assessment: Walk) -> Walk:
    return in_assessment


def gate_of(walk: Walk) -> Gate:
    with unit_of_work() as session:
        return session.exec(
            select(Gate).where(Gate.process_id == walk.project_id, Gate.stage == Stage.ASSESS)
        ).one()


def answer(walk: Walk, party: Party, who: str, paper: str | None = None) -> None:
    with unit_of_work() as session:
        rubric = assessment_rules(session, walk.project)[party].rubric
        assessments.answer_assessment(
            session,
            project_id=walk.project_id,
            actor=actor(who),
            answer=assessments.AssessmentAnswer(party, dict.fromkeys(rubric, Decimal(80)), paper),
        )


def all_but_residents(walk: Walk, residents: int) -> None:
    secretary = f"secretary-{walk.project.community_code}-1"
    for number in range(residents):
        answer(walk, Party.RESIDENTS, secretary, f"{number}")
    for who in (secretary, f"street-{walk.project.street_code}-1"):
        answer(walk, Party.PARTY_ORGANISATIONS, who)
    answer(walk, Party.DEPARTMENTS, "department-3")
    for who in ("expert-5", "expert-6"):
        answer(walk, Party.EXPERTS, who)


def come_to(walk: Walk, before: timedelta) -> None:
    due = gate_of(walk).due_at
    assert due is not None
    with unit_of_work() as session:
        move_demo_clock(session, to=due - before)


def decide(walk: Walk, who: str = "administrator-1", **fields: object) -> Shortfall:
    decision = ShortfallCreate.model_validate({"reason": WHY} | fields)
    with unit_of_work() as session:
        return shortfalls.decide_shortfall(
            session, project_id=walk.project_id, actor=actor(who), decision=decision
        )


def lower(walk: Walk, minimum: int | None, who: str = "administrator-1") -> Shortfall:
    return decide(walk, who, remedy=Remedy.LOWER, minimum=minimum)


def widen(walk: Walk, days: int | None = 5) -> Shortfall:
    return decide(walk, remedy=Remedy.WIDEN, days=days)


@pytest.mark.rule("Assess 考榜")
def test_nothing_is_decided_before_people_were_reminded(walk: Walk) -> None:
    all_but_residents(walk, 3)
    come_to(walk, timedelta(days=1, minutes=1))
    with pytest.raises(NotPermitted, match="not short after a reminder"):
        lower(walk, 3)
    come_to(walk, timedelta(days=1))
    assert lower(walk, 3).minimum == 3


@pytest.mark.rule("Assess 考榜")
def test_after_a_reminder_the_minimum_is_lowered_by_a_recorded_decision(walk: Walk) -> None:
    all_but_residents(walk, 3)
    come_to(walk, timedelta(0))
    assert gate_of(walk).outcome is None
    lower(walk, 3)
    assert gate_of(walk).outcome is Outcome.APPROVED
    walk.do(Stage.ASSESS, "compute", assessments.compute_result)
    with unit_of_work() as session:
        assert check_stage(session, walk.lease, Stage.ASSESS)[0].passed
        page = read_public_project(session, walk.project.code)
        told = session.exec(
            select(OutboxMessage.audience).where(OutboxMessage.topic == "assessment.shortfall")
        ).all()
    (line,) = page.shortfalls
    assert (line.answers, line.before, line.minimum, line.reason) == (3, 5, 3, WHY)
    assert any("the minimum is 3 instead of 5" in moment.text.en for moment in page.timeline)
    assert sorted(told) == [
        f"community:{walk.project.community_code}",
        f"street:{walk.project.street_code}",
    ]


@pytest.mark.rule("Assess 考榜")
def test_the_minimum_is_lowered_to_what_the_settings_leave_at_least(walk: Walk) -> None:
    all_but_residents(walk, 2)
    come_to(walk, timedelta(0))
    for wrong in (None, 2, 5, 6):
        with pytest.raises(BadInput):
            lower(walk, wrong)
    lower(walk, 3)
    assert gate_of(walk).outcome is None
    with pytest.raises(BadInput, match="can't be lowered further"):
        lower(walk, 3)
    answer(walk, Party.RESIDENTS, f"secretary-{walk.project.community_code}-1", "third")
    assert gate_of(walk).outcome is Outcome.APPROVED


def test_the_minimum_is_lowered_for_this_round_of_answers_only(walk: Walk) -> None:
    come_to(walk, timedelta(0))
    lower(walk, 4)
    with unit_of_work() as session:
        project = walk.project
        here = assessment_rules(session, project)
        assert here[Party.RESIDENTS].minimum == 4
        again = assessment_rules(session, project, project.stage_round + 1)
        assert again[Party.RESIDENTS].minimum == 5
        for party in set(Party) - {Party.RESIDENTS}:
            assert here[party] == again[party]


@pytest.mark.rule("Assess 考榜")
def test_after_a_reminder_the_invitation_is_widened_and_people_are_reminded_anew(
    walk: Walk,
) -> None:
    come_to(walk, timedelta(0))
    with unit_of_work() as session:
        remind(session)
    with pytest.raises(BadInput, match="working days"):
        widen(walk, None)
    widened = widen(walk)
    gate = gate_of(walk)
    assert widened.until == gate.due_at
    assert widened.minimum == widened.before == 5
    with pytest.raises(NotPermitted, match="not short after a reminder"):
        widen(walk)
    come_to(walk, timedelta(hours=1))
    with unit_of_work() as session:
        before = set(session.exec(select(OutboxMessage.id)).all())
        remind(session)
        told = session.exec(select(OutboxMessage)).all()
        fresh = {message.audience for message in told if message.id not in before}
    assert f"street:{walk.project.street_code}" in fresh
    widen(walk)
    with unit_of_work() as session:
        numbers = [
            shortfall.number for shortfall in shortfalls.shortfalls_of(session, walk.project)
        ]
    assert numbers == [1, 2]


@pytest.mark.parametrize("who", ["street", "secretary", "auditor-1", "expert-1"])
def test_only_an_administrator_decides_about_too_few_answers(walk: Walk, who: str) -> None:
    come_to(walk, timedelta(0))
    named = {
        "street": f"street-{walk.project.street_code}-1",
        "secretary": f"secretary-{walk.project.community_code}-1",
    }
    with pytest.raises(NotPermitted):
        lower(walk, 3, named.get(who, who))


def test_enough_answers_are_not_too_few(walk: Walk) -> None:
    secretary = f"secretary-{walk.project.community_code}-1"
    for number in range(5):
        answer(walk, Party.RESIDENTS, secretary, f"{number}")
    come_to(walk, timedelta(0))
    with pytest.raises(NotPermitted, match="not short after a reminder"):
        lower(walk, 3)


def test_an_administrator_has_it_before_them_only_while_answers_are_too_few(walk: Walk) -> None:
    who = actor("administrator-1")

    def waits() -> bool:
        with unit_of_work() as session:
            grants = grants_of(session, who.person_id)
            tasks = tasks_of(session, who.person_id, grants)
            return any(task.gate.process_id == walk.project_id for task in tasks)

    assert not waits()
    come_to(walk, timedelta(0))
    assert waits()
    widen(walk)
    assert not waits()
