"""It survives: whatever is killed, lost or pressed, every decision and effect happens once."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import httpx
import psycopg
import pytest
from prefect.client.schemas.objects import State, StateType
from prefect.states import Cancelled, Cancelling, Scheduled, Suspended
from sqlmodel import select

from demo.acting import act_at
from demo.story import Story
from domain.gates import GateKind, Outcome
from domain.lifecycle import Stage, Status
from models import Decision, Gate, Project, Report
from models.session import unit_of_work
from models.shapes import Reason
from services.audit_heads import broken_lines, published_heads
from services.cancelling import cancel_project
from services.clock import now
from services.execution.runs import hold_run
from services.file_store import Folder
from tests.builders import actor, decide
from tests.stack.conftest import Rig
from tests.stack.machines import two_machines
from tests.stack.once import everything_once

pytestmark = pytest.mark.stack


def test_one_project_goes_from_draft_to_closed(rig: Rig) -> None:
    project = rig.project("从需求到结项")
    rig.finish(project)
    with unit_of_work() as session:
        assert session.get_one(Project, project.id).status is Status.CLOSED
    everything_once(rig, [project.id])
    # The run says in the database that it has finished, and returns to Prefect after that.
    rig.until(lambda: rig.state_of(project.id) == "Completed", "the run is completed in Prefect")


@pytest.mark.parametrize("part", ["worker-1", "prefect-server", "postgres"])
def test_a_part_killed_in_the_middle_comes_back_and_nothing_is_lost(rig: Rig, part: str) -> None:
    projects = [rig.project(f"{part} {n}", n) for n in range(3)]
    gates = [rig.at_gate(project.id) for project in projects]
    for project, gate in zip(projects, gates, strict=True):
        act_at(gate, Story(project.id, Random(1)))
    pid = rig.kill(part)
    rig.until(lambda: rig.stack.supervisor.pid_of(part) != pid, f"{part} to be restarted")
    rig.until(lambda: all(rig.passed(gate) for gate in gates), "every gate to be passed")
    for project in projects:
        rig.at_gate(project.id, "evaluate", "event")
    rig.look_again_later(*projects)


def test_the_prefect_database_dropped_while_twenty_runs_are_suspended(rig: Rig) -> None:
    projects = [rig.project(f"二十个之 {n}", n) for n in range(20)]
    before = {project.id: rig.at_gate(project.id) for project in projects}
    socket = str(rig.stack.postgres.socket)
    with psycopg.connect(
        host=socket, user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        connection.execute('DROP DATABASE "prefect" WITH (FORCE)')
        connection.execute('CREATE DATABASE "prefect"')
    pid = rig.kill("prefect-server")
    rig.until(lambda: rig.stack.supervisor.pid_of("prefect-server") != pid, "the server to be back")
    rig.until(
        lambda: all(rig.run_of(project.id).generation == 2 for project in projects),
        "new generations",
    )
    for project in projects:
        again = rig.at_gate(project.id)
        assert (again.id, again.outcome) == (before[project.id].id, None)
    assert len([gate for project in projects for gate in rig.gates(project.id)]) == 20
    rig.look_again_later(*projects)


def test_a_lost_notification_delays_and_loses_nothing(rig: Rig) -> None:
    project = rig.project("通知丢失")
    gate = rig.lead_to(project, "evaluate", "approval")
    with unit_of_work() as session:
        decided = session.get_one(Gate, gate.id)
        decided.outcome, decided.decided_at = Outcome.APPROVED, now(session)
    rig.until(lambda: rig.passed(gate), "the sweep to find the decision")


def test_a_double_click_resumes_once_and_decides_once(rig: Rig) -> None:
    project = rig.project("双击")
    gate = rig.lead_to(project, "evaluate", "approval")
    street = f"street-{project.street_code}-1"
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: decide(gate, street), range(6)))
        list(pool.map(lambda _: decide(gate, "expert-3"), range(1)))
    rig.until(lambda: rig.passed(gate), "the gate to be passed")
    with unit_of_work() as session:
        made = session.exec(select(Decision).where(Decision.gate_id == gate.id)).all()
    assert len(made) == 2
    assert rig.read(gate).wake == 1


def test_a_cancelled_project_ends_its_run(rig: Rig) -> None:
    project = rig.project("取消")
    gate = rig.lead_to(project, "evaluate", "approval")
    with unit_of_work() as session:
        cancel_project(
            session,
            project_id=project.id,
            actor=actor("administrator-1"),
            cancellation=Reason(reason="不再需要"),
        )
    rig.until(lambda: rig.run_of(project.id).finished_at is not None, "the run to finish")
    assert rig.read(gate).outcome is Outcome.ENDED


def test_cancel_pressed_in_prefect_stops_execution_and_never_the_project(rig: Rig) -> None:
    project = rig.project("界面取消")
    gate = rig.at_gate(project.id)
    first = rig.flow_run(project.id).id
    rig.prefect.set_flow_run_state(first, Cancelling(), force=True)
    rig.prefect.set_flow_run_state(first, Cancelled(), force=True)
    rig.until(lambda: rig.run_of(project.id).generation == 2, "a new generation")
    again = rig.at_gate(project.id)
    assert again.id == gate.id
    assert rig.flow_run(project.id).id != first
    with unit_of_work() as session:
        assert session.get_one(Project, project.id).status is Status.EVALUATING


def test_a_held_run_is_not_replaced_until_it_is_released(rig: Rig) -> None:
    project = rig.project("暂缓")
    rig.at_gate(project.id)
    with unit_of_work() as session:
        hold_run(session, process_id=project.id, is_held=True)
    rig.prefect.set_flow_run_state(rig.flow_run(project.id).id, Cancelled(), force=True)
    other = rig.project("别的项目", 1)
    rig.prefect.set_flow_run_state(
        (rig.at_gate(other.id), rig.flow_run(other.id))[1].id, Cancelled(), force=True
    )
    rig.until(lambda: rig.run_of(other.id).generation == 2, "the other to be replaced")
    assert rig.run_of(project.id).generation == 1
    with unit_of_work() as session:
        hold_run(session, process_id=project.id, is_held=False)
    rig.until(lambda: rig.run_of(project.id).generation == 2, "a new generation")


def test_retry_pressed_in_prefect_asks_nobody_twice(rig: Rig) -> None:
    project = rig.project("界面重试")
    gate = rig.lead_to(project, "evaluate", "approval")
    decide(gate, f"street-{project.street_code}-1")
    run = rig.flow_run(project.id)
    rig.prefect.set_flow_run_state(run.id, Scheduled(name="AwaitingRetry"), force=True)
    rig.until(lambda: rig.read(gate).parked_wake == 2, "the run to suspend again")
    assert rig.waiting(project.id) is not None
    decide(gate, "expert-3")
    rig.until(lambda: rig.passed(gate), "the gate to be passed")


def test_suspend_pressed_in_prefect_is_resumed_at_once(rig: Rig) -> None:
    project = rig.project("界面挂起")
    gate = rig.at_gate(project.id)
    run = rig.flow_run(project.id)
    foreign: State[None] = Suspended(timeout_seconds=300, pause_key="3b5a")
    rig.prefect.set_flow_run_state(run.id, foreign, force=True)
    rig.until(lambda: rig.read(gate).parked_wake == 2, "the run to be back at its gate")
    state = rig.flow_run(project.id).state
    assert state is not None
    assert state.type is StateType.PAUSED
    assert state.state_details.pause_key == "evaluate-preparation-r1-w2"


def test_a_missing_schema_is_posted_and_the_decided_run_goes_on(rig: Rig) -> None:
    project = rig.project("表单丢失")
    gate = rig.lead_to(project, "evaluate", "approval")
    run = rig.flow_run(project.id)
    key = "suspended-evaluate-approval-r1-w1-schema"
    rig.prefect.delete_flow_run_input(run.id, key)
    decide(gate, f"street-{project.street_code}-1")
    decide(gate, "expert-3")
    rig.until(lambda: rig.passed(gate), "the gate to be passed")


def test_a_run_resumes_with_changed_code_at_the_same_gate(rig: Rig) -> None:
    project = rig.project("代码已变")
    gate = rig.lead_to(project, "evaluate", "approval")
    pid = rig.stack.supervisor.pid_of("worker-1")
    rig.deploy("tests.stack.changed_lifecycle.project_lifecycle")
    try:
        os.kill(pid, signal.SIGTERM)
        rig.until(lambda: rig.stack.supervisor.pid_of("worker-1") != pid, "a new worker")
        decide(gate, f"street-{project.street_code}-1")
        decide(gate, "expert-3")
        rig.until(lambda: rig.passed(gate), "the gate to be passed")
        assert rig.at_gate(project.id, "publish", "preparation")
    finally:
        rig.deploy("flows.project_lifecycle.project_lifecycle")
        pid = rig.stack.supervisor.pid_of("worker-1")
        os.kill(pid, signal.SIGTERM)
        rig.until(lambda: rig.stack.supervisor.pid_of("worker-1") != pid, "the worker as it was")
    opened = [(gate.stage, gate.kind, gate.round) for gate in rig.gates(project.id)]
    assert opened == [
        (Stage.EVALUATE, GateKind.PREPARATION, 1),
        (Stage.EVALUATE, GateKind.EVENT, 1),
        (Stage.EVALUATE, GateKind.APPROVAL, 1),
        (Stage.PUBLISH, GateKind.PREPARATION, 1),
    ]


def test_two_machines_share_queue_and_folder_and_no_run_is_executed_twice(
    rig: Rig, tmp_path: Path
) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    with two_machines(rig, tmp_path, {"JIEBANG_FILES_URL": folder.as_uri()}) as address:
        projects = _share(rig)
        with unit_of_work() as session:
            code = session.get_one(Project, projects[0].id).code
            issued = session.exec(
                select(Report.path).where(
                    Report.project_id == projects[0].id, Report.lang == "zh", Report.format == "pdf"
                )
            ).one()
        reports = [httpx.get(f"{address}/projects/{code}/report.pdf") for _ in range(2)]
        assert [report.status_code for report in reports] == [200, 200]
        # A worker that was killed may have left another, which no row names.
        assert {report.content for report in reports} == {(folder / issued).read_bytes()}
        # Whichever machine publishes a head goes on from the last.
        shared = Folder(folder)
        rig.until(lambda: bool(published_heads(shared)), "a head to be published")
        assert broken_lines(published_heads(shared)) == []
    rig.look_again_later(*projects)


def _share(rig: Rig) -> list[Project]:
    """Let two workers carry projects to their ends, the second of them killed in the middle."""
    logs = [rig.data_dir / "log" / f"worker-{number}.log" for number in (1, 2)]
    before = [log.stat().st_size if log.exists() else 0 for log in logs]
    projects = [rig.project(f"两个执行者 {n}", n) for n in range(3)]
    gates = [rig.at_gate(project.id) for project in projects]
    for project, gate in zip(projects, gates, strict=True):
        act_at(gate, Story(project.id, Random(1)))
    pid = rig.kill("worker-2")
    rig.until(lambda: rig.stack.supervisor.pid_of("worker-2") != pid, "the second to be back")
    rig.finish(*projects)
    told = [log.read_bytes()[size:] for log, size in zip(logs, before, strict=True)]
    assert all(b"Finished in state" in text for text in told)
    return projects
