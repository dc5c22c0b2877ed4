"""Corrective action: what heals, what is escalated, and how a project ends by it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session, col, select

from demo.story import actor_of
from domain.calendar import BEIJING
from domain.conduct.conduct_list import CreditRule
from domain.conduct.corrective import CorrectiveStatus, NoteKind
from domain.errors import BadInput, NotPermitted, ProofNeeded, ReasonMissing
from domain.gates import GateKind, Outcome, Verb
from domain.lifecycle import Stage, Status
from models import (
    AuditEntry,
    CorrectiveAction,
    CorrectiveNote,
    CreditEvent,
    Gate,
    Organisation,
    Project,
    StatusChange,
)
from models.session import unit_of_work
from services.award.awards import present_agreement
from services.clock import move_demo_clock, now
from services.conduct import corrective
from services.conduct.corrective import HandOverCreate, StepCreate
from services.conduct.corrective_gates import PLAN_DECISION
from services.deliver.delivery import milestones_of
from services.deliver.gates import DELIVERY
from services.gates.decide_gate import decide_gate
from services.gates.policies import bind_policy
from services.identity.actors import Actor
from services.leases import release_lease
from services.ledgers.credit import members_of
from services.ledgers.quota import load_of
from services.ledgers.standing import under_intervention
from tests.builders import ProcessWalk, Walk, actor, after, find_on_visit


@pytest.fixture
def walk(in_delivery: Walk) -> Walk:
    return in_delivery


def street(walk: Walk, number: int = 1) -> Actor:
    return actor(f"street-{walk.project.street_code}-{number}")


def find(walk: Walk) -> ProcessWalk:
    """Open a corrective action by a visit."""
    return ProcessWalk(find_on_visit(walk.project).id, walk.story)


def member(session: Session, action: CorrectiveAction) -> Actor:
    return actor_of(session, session.get_one(Organisation, action.organisation_id))


def plan(way: ProcessWalk, days: int = 10) -> None:
    with unit_of_work() as session:
        action = session.get_one(CorrectiveAction, way.process_id)
        due = now(session).astimezone(BEIJING).date() + timedelta(days=days)
        corrective.write_step(
            session,
            action_id=action.id,
            actor=member(session, action),
            step=StepCreate(text="增加值守人员。", due_on=due),
        )


def decide(gate: Gate, who: Actor, verb: Verb = Verb.APPROVE, comment: str = "") -> None:
    with unit_of_work() as session:
        decide_gate(
            session, gate_id=gate.id, actor=who, verb=verb, comment=comment, at=now(session)
        )


def status_of(way: ProcessWalk) -> str:
    return str(way.subject.status)


def to_intervention(walk: Walk) -> ProcessWalk:
    way = find(walk)
    way.late(Stage.CORRECT, GateKind.EVENT)
    way.do(Stage.CORRECT, "escalate", corrective.escalate)
    return way


def to_termination(walk: Walk) -> Gate:
    walk.story.abandoned = True
    way = to_intervention(walk)
    way.through(Stage.INTERVENE, GateKind.PREPARATION)
    way.late(Stage.INTERVENE, GateKind.EVENT)
    gate = way.through(Stage.INTERVENE, GateKind.APPROVAL)
    way.do(Stage.INTERVENE, "conclude", after(corrective.conclude_intervention, gate))
    way.through(Stage.TERMINATE, GateKind.EVENT)
    approval_gate = way.open(Stage.TERMINATE, GateKind.APPROVAL)
    with unit_of_work() as session:
        release_lease(session, way.lease)
    return approval_gate


@pytest.mark.rule("Deliver")
def test_delivery_is_not_complete_while_a_corrective_action_is_open(walk: Walk) -> None:
    with unit_of_work() as session:
        for milestone in milestones_of(session, walk.project):
            milestone.accepted_at = now(session)
    with unit_of_work() as session:
        assert DELIVERY.progress(session, walk.project).complete
    way = find(walk)
    with unit_of_work() as session:
        assert not DELIVERY.progress(session, walk.project).complete
    lifecycle = walk.open(Stage.DELIVER, GateKind.EVENT)
    assert lifecycle.outcome is None
    for stage, step, conclude in (
        (Stage.CORRECT, "conclude", corrective.conclude_plan),
        (Stage.RECHECK, "conclude", corrective.conclude_recheck),
    ):
        way.through(stage, GateKind.EVENT)
        gate = way.through(stage, GateKind.APPROVAL)
        way.do(stage, step, after(conclude, gate))
    assert status_of(way) == CorrectiveStatus.HEALED
    assert walk.read(lifecycle).outcome is Outcome.APPROVED


def test_a_plan_names_a_day_to_come(walk: Walk) -> None:
    way = find(walk)
    way.open(Stage.CORRECT, GateKind.EVENT)
    with pytest.raises(BadInput, match="after today"):
        plan(way, days=0)
    plan(way)
    assert way.open(Stage.CORRECT, GateKind.EVENT).outcome is Outcome.APPROVED


def test_nobody_else_writes_for_the_organisation_and_it_decides_nothing(walk: Walk) -> None:
    way = find(walk)
    way.open(Stage.CORRECT, GateKind.EVENT)
    with unit_of_work() as session, pytest.raises(NotPermitted):
        corrective.write_step(
            session,
            action_id=way.process_id,
            actor=actor("organisation-20"),
            step=StepCreate(text="替他们写一个方案。"),
        )
    with unit_of_work() as session:
        action = session.get_one(CorrectiveAction, way.process_id)
        policy = bind_policy(session, action, PLAN_DECISION)
        assert policy.excluded[member(session, action).person_id] == "interest"


def test_a_returned_plan_is_asked_for_again_and_a_rejected_one_escalates(walk: Walk) -> None:
    way = find(walk)
    for verb, wanted in ((Verb.RETURN, "correcting"), (Verb.REJECT, "intervening")):
        way.open(Stage.CORRECT, GateKind.EVENT)
        plan(way)
        gate = way.open(Stage.CORRECT, GateKind.APPROVAL)
        decide(gate, street(walk), verb, "方案没有写原因。")
        way.do(Stage.CORRECT, "conclude", after(corrective.conclude_plan, way.read(gate)))
        assert status_of(way) == wanted
    with unit_of_work() as session:
        plans = session.exec(
            select(CorrectiveNote.round).where(CorrectiveNote.kind == NoteKind.PLAN)
        ).all()
    assert sorted(plans) == [1, 2]


def test_no_plan_in_time_is_an_intervention_and_the_organisation_takes_on_nothing_new(
    walk: Walk,
) -> None:
    way = to_intervention(walk)
    assert status_of(way) == CorrectiveStatus.INTERVENING
    with unit_of_work() as session:
        action = session.get_one(CorrectiveAction, way.process_id)
        assert under_intervention(session, action.organisation_id)


def test_an_organisation_that_recovers_is_free_again(walk: Walk) -> None:
    way = to_intervention(walk)
    way.through(Stage.INTERVENE, GateKind.PREPARATION)
    way.through(Stage.INTERVENE, GateKind.EVENT)
    gate = way.through(Stage.INTERVENE, GateKind.APPROVAL)
    way.do(Stage.INTERVENE, "conclude", after(corrective.conclude_intervention, gate))
    with unit_of_work() as session:
        action = session.get_one(CorrectiveAction, way.process_id)
        assert action.status is CorrectiveStatus.HEALED
        assert action.closed_at is not None
        assert not under_intervention(session, action.organisation_id)
        assert session.get_one(Project, walk.project_id).status is Status.DELIVERING


def test_a_termination_takes_two_a_reason_and_a_fresh_proof(walk: Walk) -> None:
    gate = to_termination(walk)
    who = street(walk)
    with pytest.raises(ReasonMissing):
        decide(gate, who)
    with pytest.raises(ProofNeeded):
        decide(gate, Actor(who.person_id, who.login, "web", proved=False), comment="无力继续")
    decide(gate, who, comment="无力继续")
    assert walk.read(gate).outcome is None
    decide(gate, actor("administrator-2"), comment="同意街道意见")
    assert walk.read(gate).outcome is Outcome.APPROVED


@pytest.mark.rule("The lifecycle")
def test_a_terminated_project_ends_its_gates_frees_its_quota_and_is_in_the_ledger(
    walk: Walk,
) -> None:
    lifecycle = walk.open(Stage.DELIVER, GateKind.EVENT)
    gate = to_termination(walk)
    decide(gate, street(walk), comment="无力继续服务。")
    decide(gate, actor("administrator-2"), comment="同意。")
    way = ProcessWalk(gate.process_id, walk.story)
    way.do(Stage.TERMINATE, "conclude", after(corrective.conclude_termination, walk.read(gate)))
    assert walk.read(lifecycle).outcome is Outcome.ENDED
    with unit_of_work() as session:
        project = session.get_one(Project, walk.project_id)
        assert project.status is Status.TERMINATED
        change = session.exec(
            select(StatusChange).where(StatusChange.after == Status.TERMINATED)
        ).one()
        assert change.reason == "无力继续服务。"
        members = members_of(session, present_agreement(session, project).bid_id)
        assert [load_of(session, member) for member in members] == [0] * len(members)
        events = session.exec(
            select(CreditEvent).where(CreditEvent.rule == CreditRule.TERMINATED)
        ).all()
        assert {(event.organisation_id, event.points) for event in events} == {
            (member, Decimal(-30)) for member in members
        }
    way.through(Stage.EXIT, GateKind.EVENT)
    way.do(Stage.EXIT, "finish", corrective.finish_exit)
    assert status_of(way) == CorrectiveStatus.EXITED


def test_a_spared_project_goes_on_under_another_guidance(walk: Walk) -> None:
    gate = to_termination(walk)
    decide(gate, street(walk), Verb.REJECT, "愿意再给一次机会。")
    way = ProcessWalk(gate.process_id, walk.story)
    way.do(Stage.TERMINATE, "conclude", after(corrective.conclude_termination, walk.read(gate)))
    assert (status_of(way), way.subject.stage_round) == ("intervening", 2)
    assert walk.project.status is Status.DELIVERING


@pytest.mark.rule("Deliver")
def test_past_its_date_the_hand_over_does_not_wait_for_the_organisation(walk: Walk) -> None:
    gate = to_termination(walk)
    decide(gate, street(walk), comment="无力继续服务。")
    decide(gate, actor("administrator-2"), comment="同意。")
    way = ProcessWalk(gate.process_id, walk.story)
    way.do(Stage.TERMINATE, "conclude", after(corrective.conclude_termination, walk.read(gate)))
    exit_gate = way.open(Stage.EXIT, GateKind.EVENT)
    with unit_of_work() as session:
        own = member(session, session.get_one(CorrectiveAction, way.process_id))
    with unit_of_work() as session, pytest.raises(NotPermitted, match="has not recorded"):
        corrective.confirm_hand_over(session, action_id=way.process_id, actor=own)
    assert exit_gate.due_at is not None
    with unit_of_work() as session:
        move_demo_clock(session, to=exit_gate.due_at)
    # Nothing is recorded: it goes on waiting, visibly.
    assert way.open(Stage.EXIT, GateKind.EVENT).outcome is None
    with unit_of_work() as session:
        corrective.record_hand_over(
            session,
            action_id=way.process_id,
            actor=street(walk),
            sent=HandOverCreate(text="名册已移交。", receiver="社区党群服务中心", people=12),
        )
    assert way.read(exit_gate).outcome is Outcome.APPROVED


def test_every_step_is_on_the_project_s_timeline_without_its_words(walk: Walk) -> None:
    way = find(walk)
    way.through(Stage.CORRECT, GateKind.EVENT)
    gate = way.through(Stage.CORRECT, GateKind.APPROVAL)
    way.do(Stage.CORRECT, "conclude", after(corrective.conclude_plan, gate))
    with unit_of_work() as session:
        entries = session.exec(
            select(AuditEntry)
            .where(
                AuditEntry.subject == walk.project.code,
                col(AuditEntry.action).startswith("corrective."),
            )
            .order_by(col(AuditEntry.id))
        ).all()
    assert [entry.action for entry in entries] == [
        "corrective.found",
        "corrective.plan",
        "corrective.moved.accept_plan",
    ]
    assert "服务点" not in str([entry.facts for entry in entries])
