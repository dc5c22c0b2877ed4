"""Deciding a gate: who may, once, on what they have read, and four eyes."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlmodel import col, func, select

from domain.errors import (
    BadInput,
    DossierChanged,
    GateClosed,
    NotPermitted,
    OptionNotAllowed,
    ReasonMissing,
    Refused,
)
from domain.gates import GateKind, Outcome, Verb
from domain.lifecycle import Stage, Status
from models import AuditEntry, Decision, Gate, Incident, Project, RoleGrant
from models.failpoints import FailpointHit
from models.limits import LONGEST_COMMENT
from models.session import unit_of_work
from models.shapes import Reason
from services.cancelling import cancel_project
from services.clock import now
from services.gates.decide_gate import decide_gate
from services.identity.actors import Actor
from tests.builders import Walk, actor, new_project

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def walk() -> Walk:
    return Walk(new_project())


def decide(
    gate: Gate,
    who: Actor,
    verb: Verb = Verb.APPROVE,
    *,
    comment: str = "",
    option: str | None = None,
    version: int | None = None,
    key: str | None = None,
) -> Decision:
    with unit_of_work() as session:
        return decide_gate(
            session,
            gate_id=gate.id,
            actor=who,
            verb=verb,
            comment=comment,
            option=option,
            dossier_version=version,
            key=key,
            at=now(session),
        )


def street(walk: Walk, number: int = 1) -> Actor:
    return actor(f"street-{walk.project.street_code}-{number}")


def secretary(walk: Walk, number: int = 1) -> Actor:
    return actor(f"secretary-{walk.project.community_code}-{number}")


def decisions(gate: Gate) -> int:
    with unit_of_work() as session:
        query = select(func.count()).select_from(Decision).where(Decision.gate_id == gate.id)
        return session.exec(query).one()


def test_a_gate_waits_for_every_seat_and_then_is_approved(walk: Walk) -> None:
    gate = walk.to_evaluation_approval()
    decide(gate, street(walk))
    assert walk.read(gate).outcome is None
    decide(gate, actor("expert-3"))
    assert walk.read(gate).outcome is Outcome.APPROVED


@pytest.mark.rule("People")
def test_nobody_decides_what_they_prepared(walk: Walk) -> None:
    gate = walk.to_call_approval()
    with pytest.raises(NotPermitted, match="prepared"):
        decide(gate, secretary(walk, 1))
    decide(gate, secretary(walk, 2))


@pytest.mark.rule("People")
def test_a_person_of_another_place_or_role_may_not_decide(walk: Walk) -> None:
    gate = walk.to_evaluation_approval()
    with unit_of_work() as session:
        elsewhere = session.exec(
            select(RoleGrant.code).where(
                RoleGrant.role == "street_officer", RoleGrant.code != walk.project.street_code
            )
        ).first()
    for login in (f"street-{elsewhere}-1", "department-1", "operator-1", "administrator-1"):
        with pytest.raises(NotPermitted):
            decide(gate, actor(login))
    assert decisions(gate) == 0


@pytest.mark.rule("Bad input")
def test_a_decision_too_late_changes_nothing_and_says_why(walk: Walk) -> None:
    gate = walk.to_evaluation_approval()
    decide(gate, street(walk), Verb.REJECT, comment="重复立项")
    with pytest.raises(GateClosed, match="rejected"):
        decide(gate, actor("expert-3"))
    assert decisions(gate) == 1


@pytest.mark.rule("Award 承榜")
def test_returning_and_rejecting_need_a_reason(walk: Walk) -> None:
    gate = walk.to_evaluation_approval()
    for verb in (Verb.RETURN, Verb.REJECT):
        with pytest.raises(ReasonMissing):
            decide(gate, street(walk), verb, comment="  ")


def test_a_comment_that_is_too_long_is_refused_whoever_asks(walk: Walk) -> None:
    gate = walk.to_evaluation_approval()
    with pytest.raises(BadInput, match=f"at most {LONGEST_COMMENT} characters"):
        decide(gate, street(walk), comment="长" * (LONGEST_COMMENT + 1))
    assert decisions(gate) == 0
    decide(gate, street(walk), comment="长" * LONGEST_COMMENT + "  ")
    assert decisions(gate) == 1


def test_only_what_the_policy_lists_can_be_said(walk: Walk) -> None:
    gate = walk.to_evaluation_approval()
    for verb, option in ((Verb.SUBMIT, None), (Verb.APPROVE, "extend")):
        with pytest.raises(OptionNotAllowed):
            decide(gate, street(walk), verb, option=option)


def test_a_preparation_is_submitted_with_its_content_and_never_just_decided(walk: Walk) -> None:
    walk.to_evaluation_approval()
    with unit_of_work() as session:
        gate = session.exec(select(Gate).where(Gate.kind == GateKind.PREPARATION)).one()
        gate.outcome = None
    with pytest.raises(NotPermitted, match="submitted"):
        decide(gate, secretary(walk, 2), Verb.SUBMIT)


def test_nobody_decides_on_a_dossier_they_have_not_read(walk: Walk) -> None:
    gate = walk.to_evaluation_approval()
    with unit_of_work() as session:
        session.get_one(Project, walk.project_id).beneficiaries = 7
    assert walk.open(Stage.EVALUATE, GateKind.APPROVAL).dossier_version == 2
    with pytest.raises(DossierChanged, match="version 2"):
        decide(gate, street(walk), version=1)
    decide(gate, street(walk), version=2)


def test_an_approval_of_an_earlier_dossier_does_not_count(walk: Walk) -> None:
    gate = walk.to_evaluation_approval()
    decide(gate, street(walk), version=1)
    with unit_of_work() as session:
        session.get_one(Project, walk.project_id).beneficiaries = 7
    walk.open(Stage.EVALUATE, GateKind.APPROVAL)
    decide(gate, actor("expert-3"), version=2)
    assert walk.read(gate).outcome is None
    decide(gate, street(walk), version=2)
    assert walk.read(gate).outcome is Outcome.APPROVED
    assert decisions(gate) == 3


def test_an_unchanged_dossier_keeps_its_version(walk: Walk) -> None:
    walk.to_evaluation_approval()
    assert walk.open(Stage.EVALUATE, GateKind.APPROVAL).dossier_version == 1


def test_the_same_person_does_not_decide_twice(walk: Walk) -> None:
    gate = walk.to_evaluation_approval()
    decide(gate, street(walk))
    with pytest.raises(NotPermitted, match="already"):
        decide(gate, street(walk), Verb.RETURN, comment="换个想法")
    with pytest.raises(NotPermitted, match="taken"):
        decide(gate, street(walk, 2))


@pytest.mark.rule("Bad input")
def test_a_double_click_is_one_decision(walk: Walk) -> None:
    gate = walk.to_evaluation_approval()
    who = street(walk)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: decide(gate, who), range(8)))
    assert len({decision.id for decision in made}) == 1
    assert decisions(gate) == 1


def test_two_approvers_at_once_both_count_and_the_gate_is_decided_once(walk: Walk) -> None:
    gate = walk.to_evaluation_approval()
    both = [street(walk), actor("expert-3")]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda who: decide(gate, who), both))
    assert walk.read(gate).outcome is Outcome.APPROVED
    with unit_of_work() as session:
        settled = session.exec(
            select(AuditEntry).where(
                AuditEntry.action == "gate.approved",
                AuditEntry.facts["gate"].as_string() == "evaluate-approval-r1",
            )
        ).all()
    assert len(settled) == 1


def test_two_people_for_one_seat_leave_one_decision(walk: Walk) -> None:
    gate = walk.to_evaluation_approval()

    def attempt(who: Actor) -> bool:
        try:
            decide(gate, who)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        won = list(pool.map(attempt, [street(walk, 1), street(walk, 2)]))
    assert sorted(won) == [False, True]
    assert decisions(gate) == 1


@pytest.mark.parametrize("name", ["before-audit", "before-settle", "before-commit"])
def test_a_decision_that_breaks_off_leaves_nothing(
    walk: Walk, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = walk.to_evaluation_approval()
    with unit_of_work() as session:
        before = session.exec(select(func.count()).select_from(AuditEntry)).one()
    monkeypatch.setattr("models.failpoints._armed", lambda: {f"decide.{name}": "raise"})
    with pytest.raises(FailpointHit, match=name):
        decide(gate, street(walk))
    assert decisions(gate) == 0
    with unit_of_work() as session:
        assert session.exec(select(func.count()).select_from(AuditEntry)).one() == before
    decide(gate, street(walk))
    assert decisions(gate) == 1


@pytest.mark.rule("The lifecycle")
def test_cancelling_a_project_ends_its_open_gates(walk: Walk) -> None:
    gate = walk.to_evaluation_approval()
    with unit_of_work() as session:
        cancel_project(
            session,
            project_id=walk.project_id,
            actor=actor("administrator-1"),
            cancellation=Reason(reason="居民已自行解决"),
        )
    assert walk.project.status is Status.CANCELLED
    assert walk.read(gate).outcome is Outcome.ENDED
    with pytest.raises(GateClosed):
        decide(gate, street(walk))


def test_a_gate_that_nobody_may_decide_opens_an_incident_and_goes_on_waiting(walk: Walk) -> None:
    walk.to_evaluation_approval()
    with unit_of_work() as session:
        for grant in session.exec(select(RoleGrant).where(RoleGrant.role == "expert")).all():
            session.delete(grant)
    gate = walk.open(Stage.EVALUATE, GateKind.APPROVAL)
    assert gate.outcome is None
    with unit_of_work() as session:
        kinds = session.exec(select(Incident.kind).where(col(Incident.closed_at).is_(None))).all()
    assert kinds == ["nobody-may-decide:evaluate-approval-r1"]


def test_every_decision_is_in_the_audit_log_without_its_comment(walk: Walk) -> None:
    gate = walk.to_evaluation_approval()
    decide(gate, street(walk), Verb.RETURN, comment="王大爷的电话没有核实")
    with unit_of_work() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "decision.return")).one()
    assert entry.facts["gate"] == "evaluate-approval-r1"
    assert "王大爷" not in str(entry.facts)


def test_an_unknown_gate_is_said_to_be_unknown(walk: Walk) -> None:
    walk.to_evaluation_approval()
    gate = Gate(
        id=UUID(int=9), process_id=walk.project_id, stage=Stage.BID, kind=GateKind.TIMER, round=1
    )
    with pytest.raises(Refused, match="no"):
        decide(gate, street(walk))
