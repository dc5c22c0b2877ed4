"""Deciding by a one-time code: everything that is wrong is refused, counted and explained."""

import json
from datetime import timedelta

import pytest
from sqlmodel import col, select

from domain.gates import Outcome, Verb
from flows.form import read_answer
from models import ApprovalCode, AuditEntry, Decision, Gate, Project
from models.session import unit_of_work
from services.gates.approval_codes import UI_FAILURES_ALLOWED, decide_by_code, issue_code
from tests.builders import Walk, actor, new_project

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def walk() -> Walk:
    return Walk(new_project())


@pytest.fixture
def gate(walk: Walk) -> Gate:
    return walk.to_evaluation_approval()


def code_for(gate: Gate, login: str, verb: Verb = Verb.APPROVE) -> str:
    with unit_of_work() as session:
        return issue_code(session, gate_id=gate.id, actor=actor(login), verb=verb)[0]


def use(
    gate: Gate, code: str, *, verb: str = "approve", key: str = "k1", comment: str = ""
) -> bool:
    with unit_of_work() as session:
        return decide_by_code(
            session,
            gate_id=gate.id,
            verb=verb,
            option=None,
            comment=comment,
            code=code,
            key=key,
        )


def test_a_right_code_decides_in_the_name_of_its_person(walk: Walk, gate: Gate) -> None:
    assert use(gate, code_for(gate, "expert-3"))
    with unit_of_work() as session:
        decision = session.exec(select(Decision).where(Decision.gate_id == gate.id)).one()
    assert decision.person_id == actor("expert-3").person_id
    assert decision.channel == "prefect-ui"
    assert use(gate, code_for(gate, f"street-{walk.project.street_code}-1"), key="k2")
    assert walk.read(gate).outcome is Outcome.APPROVED


def test_a_code_is_taken_with_or_without_its_hyphens_and_case(gate: Gate) -> None:
    assert use(gate, code_for(gate, "expert-3").replace("-", "").lower())


def test_the_same_response_again_is_the_same_decision(walk: Walk, gate: Gate) -> None:
    code = code_for(gate, "expert-3")
    assert use(gate, code)
    assert use(gate, code)
    assert walk.read(gate).ui_failures == 0


def test_the_code_itself_is_never_stored(gate: Gate) -> None:
    code = code_for(gate, "expert-3")
    with unit_of_work() as session:
        row = session.exec(select(ApprovalCode)).one()
    assert code not in str(row.model_dump())
    assert code.replace("-", "") not in str(row.model_dump())


def refused(walk: Walk, gate: Gate, words: str) -> None:
    gate_now = walk.read(gate)
    assert gate_now.ui_failures == 1
    assert words in str(gate_now.ui_notice)
    with unit_of_work() as session:
        assert session.exec(select(Decision).where(Decision.gate_id == gate.id)).all() == []
        entry = session.exec(
            select(AuditEntry).where(AuditEntry.action == "decision.refused")
        ).one()
    assert entry.facts["gate"] == "evaluate-approval-r1"


def test_a_wrong_code_is_refused_and_audited(walk: Walk, gate: Gate) -> None:
    assert not use(gate, "AAAA-BBBB-CCCC-DDDD")
    refused(walk, gate, "no such code")


def test_an_expired_code_is_refused(walk: Walk, gate: Gate) -> None:
    code = code_for(gate, "expert-3")
    with unit_of_work() as session:
        row = session.exec(select(ApprovalCode)).one()
        row.expires_at -= timedelta(minutes=11)
    assert not use(gate, code)
    refused(walk, gate, "expired")


def test_a_used_code_is_refused(walk: Walk, gate: Gate) -> None:
    code = code_for(gate, "expert-3")
    assert use(gate, code)
    assert not use(gate, code, key="k2")
    assert "has been used" in str(walk.read(gate).ui_notice)


def test_a_code_of_another_gate_is_refused(walk: Walk, gate: Gate) -> None:
    other = Walk(new_project("另一个", 40)).to_evaluation_approval()
    assert not use(gate, code_for(other, "expert-3"))
    refused(walk, gate, "another gate")


def test_a_code_for_another_decision_is_refused(walk: Walk, gate: Gate) -> None:
    assert not use(gate, code_for(gate, "expert-3", Verb.RETURN), verb="approve")
    refused(walk, gate, "another decision")


def test_a_code_for_an_older_dossier_is_refused(walk: Walk, gate: Gate) -> None:
    code = code_for(gate, "expert-3")
    with unit_of_work() as session:
        session.get_one(Project, walk.project_id).beneficiaries = 7
    walk.open(gate.stage, gate.kind)
    assert not use(gate, code)
    refused(walk, gate, "dossier has changed")


@pytest.mark.rule("People")
def test_a_person_whom_the_policy_excludes_is_refused(walk: Walk) -> None:
    gate = walk.to_call_approval()
    preparer = f"secretary-{walk.project.community_code}-1"
    assert not use(gate, code_for(gate, preparer))
    assert "prepared" in str(walk.read(gate).ui_notice)


def test_a_return_without_a_reason_is_refused_and_its_code_can_be_used_again(
    walk: Walk, gate: Gate
) -> None:
    code = code_for(gate, "expert-3", Verb.RETURN)
    assert not use(gate, code, verb="return")
    assert use(gate, code, verb="return", comment="请补充数据", key="k2")
    assert walk.read(gate).outcome is Outcome.RETURNED


def test_a_comment_of_a_dialog_is_never_cut(walk: Walk, gate: Gate) -> None:
    code = code_for(gate, "expert-3")
    typed = {"decision": "同意 approve", "comment": "长" * 2001, "approval_code": code}
    answer = read_answer(json.dumps(typed), wake="w", key="k")
    assert answer
    assert not use(gate, code, comment=answer.comment)
    refused(walk, gate, "too long")


def test_a_refused_response_that_is_read_again_counts_once(walk: Walk, gate: Gate) -> None:
    for _ in range(2):
        assert not use(gate, "AAAA-BBBB-CCCC-DDDD")
    refused(walk, gate, "no such code")


def test_a_right_code_that_comes_too_late_is_refused_and_audited(walk: Walk, gate: Gate) -> None:
    code = code_for(gate, "expert-3")
    walk.through(gate.stage, gate.kind)
    before = walk.read(gate).decided_at
    assert not use(gate, code)
    gate_now = walk.read(gate)
    assert "already" in str(gate_now.ui_notice)
    assert gate_now.decided_at == before


def test_five_wrong_codes_lock_the_dialog_and_not_the_inbox(walk: Walk, gate: Gate) -> None:
    for number in range(UI_FAILURES_ALLOWED):
        assert not use(gate, f"WRONG-{number}", key=f"w{number}")
    right = code_for(gate, "expert-3")
    assert not use(gate, right, key="right")
    assert walk.read(gate).ui_notice == "locked"
    with unit_of_work() as session:
        row = session.exec(select(ApprovalCode).order_by(col(ApprovalCode.issued_at))).one()
    assert row.used_at is None
    walk.through(gate.stage, gate.kind)
    assert walk.read(gate).outcome is Outcome.APPROVED
