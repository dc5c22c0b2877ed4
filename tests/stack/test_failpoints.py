"""The worker is held or killed at a named failpoint, and every decision and effect happens once."""

from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from prefect.exceptions import PrefectHTTPStatusError
from prefect.states import Cancelled
from sqlmodel import select

from demo.acting import act_at
from demo.story import Story
from domain.gates import GateKind, Outcome, Verb
from models import AuditEntry, Decision
from models.failpoints import marker, release
from models.session import unit_of_work
from services.clock import now
from services.gates.approval_codes import issue_code
from services.gates.decide_gate import decide_gate
from tests.builders import actor, decide
from tests.patience import PATIENCE
from tests.stack.conftest import Rig
from tests.stack.once import everything_once

pytestmark = pytest.mark.stack


def test_an_answer_taken_just_before_the_worker_died_is_not_taken_twice(rig: Rig) -> None:
    project = rig.project("答复之后断开")
    gate = rig.lead_to(project, "evaluate", "approval")
    with unit_of_work() as session:
        code, _ = issue_code(session, gate_id=gate.id, actor=actor("expert-3"), verb=Verb.APPROVE)
    rig.arm({"gate.answer.before-delete": "kill"})
    typed = {"decision": "同意 approve", "comment": "", "approval_code": code}
    rig.prefect.request(
        "POST",
        "/flow_runs/{id}/resume",
        path_params={"id": rig.flow_run(project.id).id},
        json={"run_input": typed},
    )
    rig.until(lambda: rig.read(gate).parked_wake == 2, "the run to wait for the second seat")
    assert marker(rig.data_dir, "gate.answer.before-delete").exists()
    rig.arm({})
    parked = rig.read(gate)
    assert (parked.ui_failures, parked.ui_notice) == (0, None)
    with unit_of_work() as session:
        made = session.exec(select(Decision).where(Decision.gate_id == gate.id)).all()
    assert [decision.channel for decision in made] == ["prefect-ui"]


def test_an_answer_that_comes_too_late_is_refused_and_does_not_stay_in_prefect(rig: Rig) -> None:
    project = rig.project("答复太迟")
    gate = rig.lead_to(project, "evaluate", "approval")
    decide(gate, f"street-{project.street_code}-1")
    run = rig.flow_run(project.id)
    with unit_of_work() as session:
        decide_gate(
            session, gate_id=gate.id, actor=actor("expert-3"), verb=Verb.APPROVE, at=now(session)
        )
        # Not committed yet: the run wakes, and waits for the project until it is.
        rig.prefect.request(
            "POST",
            "/flow_runs/{id}/resume",
            path_params={"id": run.id},
            json={"run_input": {"decision": "退回 return", "comment": "私下的话"}},
        )
    rig.until(lambda: rig.passed(gate), "the gate to be passed")
    assert rig.read(gate).outcome is Outcome.APPROVED
    with unit_of_work() as session:
        refused = session.exec(
            select(AuditEntry).where(
                AuditEntry.action == "decision.refused", AuditEntry.subject == project.code
            )
        ).all()
    assert [entry.facts["why"] for entry in refused] == ["approval-code-refused"]
    with pytest.raises(PrefectHTTPStatusError, match="404"):
        rig.prefect.read_flow_run_input(run.id, "suspended-evaluate-approval-r1-w1-response")


@pytest.mark.parametrize("failpoint", ["gate.before-suspend", "gate.before-park"])
def test_a_decision_before_the_run_is_parked_is_taken_once(rig: Rig, failpoint: str) -> None:
    """Between check and suspension, and between suspension and parking."""
    project = rig.project(f"决定先到 {failpoint}")
    scores = rig.lead_to(project, "evaluate", "event")
    rig.arm({failpoint: "hold"})
    act_at(scores, Story(project.id, Random(1)))
    rig.until(marker(rig.data_dir, failpoint).exists, "the run to reach the failpoint")
    gate = rig.gates(project.id)[-1]
    assert (gate.kind, gate.wake, gate.parked_wake) == (GateKind.APPROVAL, 1, 0)
    decide(gate, f"street-{project.street_code}-1")
    decide(gate, "expert-3")
    assert not rig.passed(gate)
    release(rig.data_dir, failpoint)
    rig.until(lambda: rig.passed(gate), "the gate to be passed")
    assert rig.at_gate(project.id, "publish", "preparation")
    assert rig.read(gate).wake == 1
    assert rig.run_of(project.id).generation == 1
    rig.arm({})


def test_two_approvers_at_once_are_both_heard_and_the_run_goes_on_once(rig: Rig) -> None:
    project = rig.project("两人同时")
    gate = rig.lead_to(project, "evaluate", "approval")
    with ThreadPoolExecutor(2) as pool:
        list(
            pool.map(lambda who: decide(gate, who), (f"street-{project.street_code}-1", "expert-3"))
        )
    rig.until(lambda: rig.passed(gate), "the gate to be passed")
    assert rig.at_gate(project.id, "publish", "preparation")
    with unit_of_work() as session:
        made = session.exec(select(Decision).where(Decision.gate_id == gate.id)).all()
    assert len(made) == 2
    assert rig.read(gate).wake == 1


def test_sigterm_lets_a_run_in_execution_finish(rig: Rig) -> None:
    failpoint = "gate.before-suspend"
    rig.arm({failpoint: "hold"})
    project = rig.project("收工")
    rig.until(marker(rig.data_dir, failpoint).exists, "the run to be in execution")
    log = rig.data_dir / "log" / "worker-1.log"
    offset = len(log.read_text())
    with ThreadPoolExecutor(1) as pool:
        replaced = pool.submit(rig.stack.replace_worker, 1, {})
        rig.until(lambda: "draining" in log.read_text()[offset:], "the worker to drain")
        assert rig.gates(project.id)[0].parked_wake == 0
        release(rig.data_dir, failpoint)
        replaced.result(timeout=PATIENCE)
    gate = rig.gates(project.id)[0]
    assert (gate.wake, gate.parked_wake) == (1, 1)
    assert rig.run_of(project.id).generation == 1
    assert "'worker-1' stopped!" in log.read_text()[offset:]


FAILPOINTS = [
    "gate.open.before-commit",
    "gate.wake.before-commit",
    "gate.inputs.between",
    "gate.before-suspend",
    "gate.before-park",
    "gate.park.before-commit",
    "gate.pass.before-commit",
    "effect.before-work",
    "effect.before-ledger",
    "effect.before-commit",
    "dispatch.create.before",
    "dispatch.create.after",
    "dispatch.resume.before",
    "dispatch.resume.after",
    "run.created.before-commit",
    "run.generation.before-commit",
    "run.finish.before-commit",
    "worker.leased",
    "worker.pending",
    "worker.before-release",
    "reconcile.crashed",
    "audit.seal.before-commit",
]


@pytest.fixture(scope="module")
def killed_at_every_failpoint(rig: Rig) -> Rig:
    """A few lifecycles on a worker that is killed once at every failpoint in turn."""
    rig.arm(dict.fromkeys(FAILPOINTS, "kill"))
    projects = [rig.project(f"断点 {n}", n) for n in range(3)]
    assert rig.at_gate(projects[0].id)
    flow_run = rig.flow_run(projects[0].id)
    rig.prefect.set_flow_run_state(flow_run.id, Cancelled(), force=True)
    rig.until(lambda: rig.run_of(projects[0].id).generation == 2, "a new generation")
    rig.finish(*projects)
    rig.arm({})
    everything_once(rig, [project.id for project in projects])
    return rig


@pytest.mark.parametrize("name", FAILPOINTS)
def test_nothing_is_lost_or_done_twice_when_killed_at(
    name: str, killed_at_every_failpoint: Rig
) -> None:
    assert marker(killed_at_every_failpoint.data_dir, name).exists()
