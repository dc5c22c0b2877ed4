"""The reconciler's table: every state that Prefect knows, with and without a lease and a queue."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import httpx
import psutil
import psycopg
import pytest
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterDeploymentId
from prefect.client.schemas.objects import State, StateType
from prefect.exceptions import ObjectNotFound
from sqlalchemy import text
from sqlmodel import col, select

from domain.gates import Verb
from models import Gate, Incident, JobRun, Project
from models.session import unit_of_work
from services.execution.jobs import Job, JobLine, job_ran, list_jobs, report_late_jobs
from tests.conftest import ROOT, outside
from tests.stack.conftest import Rig
from tests.stack.test_survival import decide, everything_once
from worker.reconciler import MEASURES

pytestmark = pytest.mark.stack

NAMES = {StateType.SCHEDULED: ("Scheduled", "Late", "Resuming")}
STATES = [(kind, name) for kind in MEASURES for name in NAMES.get(kind, ("",))]


def test_the_table_knows_every_state() -> None:
    assert set(MEASURES) == set(StateType)


def force(rig: Rig, run_id: object, kind: StateType, name: str) -> None:
    held: State[None] = State(type=kind, name=name or None)
    rig.prefect.set_flow_run_state(run_id, held, force=True)  # type: ignore[arg-type]


def lease(project: Project, *, seconds: float) -> None:
    """Hold the lease of a project's run as a worker would that is busy for so long."""
    with unit_of_work() as session:
        session.execute(
            text(
                "INSERT INTO run_lease (process_id, generation, worker, token, expires_at)"
                " SELECT process_id, generation, 'elsewhere', :token,"
                " clock_timestamp() + make_interval(secs => :seconds) FROM process_run"
                " WHERE process_id = :process ON CONFLICT (process_id) DO UPDATE"
                " SET token = excluded.token, expires_at = excluded.expires_at"
            ),
            {"token": uuid4(), "seconds": seconds, "process": project.id},
        )


@pytest.mark.parametrize(("kind", "name"), STATES, ids=lambda one: str(one))
def test_a_run_in_any_state_is_back_at_its_gate_and_a_lease_is_respected(
    rig: Rig, kind: StateType, name: str
) -> None:
    project = rig.project(f"状态 {kind.value} {name}")
    gate = rig.at_gate(project.id)
    before = rig.run_of(project.id)
    lease(project, seconds=4)
    force(rig, before.flow_run_id, kind, name)
    decided = rig.read(gate)
    assert decided.passed_at is None

    def back() -> bool:
        run, held = rig.run_of(project.id), rig.read(gate)
        return (
            run.flow_run_id is not None
            and rig.state_of(project.id) == "Suspended"
            and held.parked_wake == held.wake
        )

    rig.until(back, f"the run to be suspended again after {kind.value} {name}")
    with unit_of_work() as session:
        expired = session.execute(
            text("SELECT count(*) FROM run_lease WHERE worker = 'elsewhere' AND process_id = :id"),
            {"id": project.id},
        ).scalar_one()
    assert expired in (0, 1)
    rig.finish(project)
    everything_once([project.id])


@pytest.mark.parametrize("lost", ["pool", "deployment"])
def test_a_gate_decided_after_pool_or_deployment_was_deleted_goes_on(rig: Rig, lost: str) -> None:
    project = rig.project(f"没有了 {lost}")
    gate = rig.lead_to(project, "evaluate", "approval")
    if lost == "pool":
        rig.prefect.delete_work_pool("jiebang")
    else:
        held = rig.prefect.read_deployment_by_name("project-lifecycle/v1")
        rig.prefect.delete_deployment(held.id)
    decide(gate, f"street-{project.street_code}-1")
    decide(gate, "expert-3", Verb.APPROVE)
    rig.until(lambda: rig.passed(gate), "the gate to be passed")

    def declared() -> bool:
        try:
            rig.prefect.read_deployment_by_name("project-lifecycle/v1")
        except ObjectNotFound:
            return False
        return True

    rig.until(declared, "the deployment to be there again")
    rig.finish(project)
    everything_once([project.id])


def test_a_prefect_database_lost_while_running_is_noticed_and_made_again(rig: Rig) -> None:
    project = rig.project("库丢失而无人重启")
    gate = rig.at_gate(project.id)
    pid = rig.stack.supervisor.pid_of("prefect-server")
    with psycopg.connect(
        host=str(rig.stack.postgres.socket), user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        connection.execute('DROP DATABASE "prefect" WITH (FORCE)')
    assert httpx.get(f"{rig.stack.addresses.api_url}/health").is_success
    rig.until(lambda: rig.stack.supervisor.pid_of("prefect-server") != pid, "the server's restart")
    rig.until(lambda: rig.run_of(project.id).generation == 2, "a new generation")
    assert rig.at_gate(project.id).id == gate.id


def test_a_job_that_is_late_is_an_incident_until_it_runs(rig: Rig) -> None:
    rig.until(
        lambda: all(one.ran_at for one in jobs() if one.job is not Job.SNAPSHOT), "every job to run"
    )
    with unit_of_work() as session:
        session.execute(
            text(
                "INSERT INTO job_run VALUES ('snapshot', clock_timestamp() - interval '27 hours')"
                " ON CONFLICT (job) DO UPDATE SET ran_at = excluded.ran_at"
            )
        )
        report_late_jobs(session)
        assert [one.job for one in list_jobs(session) if one.late] == [Job.SNAPSHOT]
    assert "late-snapshot" in open_incidents()
    with unit_of_work() as session:
        job_ran(session, Job.SNAPSHOT)
        assert session.get_one(JobRun, "snapshot")
    assert "late-snapshot" not in open_incidents()


def test_the_nightly_snapshot_is_scheduled_by_prefect_itself(rig: Rig) -> None:
    held = rig.prefect.read_deployment_by_name("publish-snapshot/v1")
    wanted = FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[held.id]))

    def scheduled() -> bool:
        runs = rig.prefect.read_flow_runs(flow_run_filter=wanted)
        return any(one.auto_scheduled and one.expected_start_time for one in runs)

    rig.until(scheduled, "Prefect's scheduler to plan the next nights")


def jobs() -> list[JobLine]:
    with unit_of_work() as session:
        return list_jobs(session)


def open_incidents() -> list[str]:
    with unit_of_work() as session:
        return list(session.exec(select(Incident.kind).where(col(Incident.closed_at).is_(None))))


def test_the_end_of_the_terminal_leaves_no_orphans(tmp_path: Path) -> None:
    data_dir = tmp_path / "var"
    process = subprocess.Popen(
        [sys.executable, "-c", "from cli import main; main()", "up", "--data-dir", str(data_dir)],
        cwd=ROOT,
        env=outside() | {"JIEBANG_LANG": "en", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    )
    assert process.stdout
    assert "Ready" in process.stdout.readline()
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 4
    os.kill(process.pid, signal.SIGHUP)
    process.wait(timeout=60)
    process.stdout.close()
    _, alive = psutil.wait_procs(children, timeout=30)
    assert alive == []
    assert not list((data_dir / "run").glob("*.pid"))


def test_gates_are_still_read(rig: Rig) -> None:
    """Nothing of the above has left a gate that is decided and not passed."""
    rig.until(_nothing_stuck, "every decided gate to be passed")


def _nothing_stuck() -> bool:
    with unit_of_work() as session:
        stuck = select(Gate.id).where(col(Gate.outcome).is_not(None), col(Gate.passed_at).is_(None))
        return session.exec(stuck).first() is None
