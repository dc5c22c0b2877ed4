"""The reconciler's table: every state that Prefect knows, with and without a lease and a queue."""

from collections.abc import Iterable
from random import Random

import httpx
import psycopg
import pytest
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterDeploymentId
from prefect.client.schemas.objects import State, StateType
from prefect.exceptions import ObjectNotFound
from sqlalchemy import text
from sqlmodel import col, select

from demo.acting import act_at
from demo.story import Story
from domain.gates import GateKind, Verb
from models import Gate, Incident, JobRun, Project
from models.session import unit_of_work
from models.settings import settings
from services.execution.jobs import Job, JobLine, job_ran, list_jobs, report_late_jobs
from tests.builders import decide
from tests.stack.conftest import Rig
from worker.prefect_api import PrefectApi
from worker.reconciler import MEASURES, Reconciler

pytestmark = pytest.mark.stack

NAMES = {StateType.SCHEDULED: ("Scheduled", "Late", "Resuming")}
# What may become of a state without the reconciler.
LEFT = {
    StateType.SCHEDULED: set(StateType),
    StateType.CANCELLING: {StateType.CANCELLING, StateType.CANCELLED},
}
STATES = [(kind, name) for kind in MEASURES for name in NAMES.get(kind, ("",))]


def test_the_table_knows_every_state() -> None:
    assert set(MEASURES) == set(StateType)


def force(rig: Rig, run_id: object, kind: StateType, name: str) -> None:
    state: State[None] = State(type=kind, name=name or None)
    rig.prefect.set_flow_run_state(run_id, state, force=True)  # type: ignore[arg-type]


def lease_elsewhere(projects: Iterable[Project]) -> None:
    """Hold the leases of projects' runs as a worker would that is busy for a long time."""
    with unit_of_work() as session:
        session.execute(
            text(
                "INSERT INTO run_lease (process_id, generation, worker, token, expires_at)"
                " SELECT process_id, generation, 'elsewhere', gen_random_uuid(),"
                " clock_timestamp() + interval '10 minutes' FROM process_run"
                " WHERE process_id = ANY(:processes) ON CONFLICT (process_id) DO UPDATE"
                " SET token = excluded.token, worker = excluded.worker,"
                " expires_at = excluded.expires_at"
            ),
            {"processes": [project.id for project in projects]},
        )


def test_a_run_in_any_state_is_left_while_leased_and_then_back_at_its_gate(rig: Rig) -> None:
    projects = {state: rig.project(f"状态 {n}", n) for n, state in enumerate(STATES)}
    gates = {state: rig.at_gate(project.id) for state, project in projects.items()}
    lease_elsewhere(projects.values())
    for (kind, name), project in projects.items():
        force(rig, rig.run_of(project.id).flow_run_id, kind, name)

    with PrefectApi(rig.stack.addresses.api_url) as api:
        Reconciler(settings().model_copy(update={"grace_seconds": 0}), api).reconcile()
    for state, project in projects.items():
        assert rig.run_of(project.id).generation == 1, state
        assert rig.read(gates[state]).parked_wake == 1, state
        # A worker may take up a run that is scheduled; it sees the lease and lets go of it.
        # Prefect itself ends a run that somebody cancels.
        kept = rig.flow_run(project.id).state_type
        assert kept in LEFT.get(state[0], {state[0]}), state

    with unit_of_work() as session:
        session.execute(text("DELETE FROM run_lease WHERE worker = 'elsewhere'"))
    away = set(STATES)

    def all_back() -> bool:
        away.difference_update({missing for missing in away if back(missing)})
        return not away

    def back(state: tuple[StateType, str]) -> bool:
        gate = rig.read(gates[state])
        return rig.state_of(projects[state].id) == "Suspended" and gate.parked_wake == gate.wake

    rig.until(all_back, "every run to be suspended again")
    for state, project in projects.items():
        act_at(gates[state], Story(project.id, Random(1)))
    rig.until(lambda: all(rig.passed(gate) for gate in gates.values()), "every gate to be passed")
    for state, project in projects.items():
        rig.at_gate(project.id, "evaluate", "event")
        opened = [(gate.kind, gate.round) for gate in rig.gates(project.id)]
        assert opened == [(GateKind.PREPARATION, 1), (GateKind.EVENT, 1)], state
    for measure in set(MEASURES.values()):
        rig.look_again_later(
            *(project for (kind, _), project in projects.items() if MEASURES[kind] is measure)
        )


@pytest.mark.parametrize("lost", ["pool", "deployment"])
def test_a_gate_decided_after_pool_or_deployment_was_deleted_goes_on(rig: Rig, lost: str) -> None:
    project = rig.project(f"没有了 {lost}")
    gate = rig.lead_to(project, "evaluate", "approval")
    if lost == "pool":
        rig.prefect.delete_work_pool("jiebang")
    else:
        deployment = rig.prefect.read_deployment_by_name("project-lifecycle/v1")
        rig.prefect.delete_deployment(deployment.id)
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
    assert rig.at_gate(project.id, "publish", "preparation").round == 1


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
        lambda: all(job.ran_at for job in jobs() if job.job is not Job.SNAPSHOT), "every job to run"
    )
    with unit_of_work() as session:
        # One that is new here is late only once it was expected for that long.
        for hours, late in ((25, []), (27, [Job.SNAPSHOT])):
            session.execute(
                text(
                    "UPDATE job_run SET ran_at = NULL, watched_since = clock_timestamp()"
                    " - make_interval(hours => :hours) WHERE job = 'snapshot'"
                ),
                {"hours": hours},
            )
            session.expire_all()
            assert [line.job for line in list_jobs(session) if line.late] == late
        report_late_jobs(session)
    assert "late-snapshot" in open_incidents()
    with unit_of_work() as session:
        job_ran(session, Job.SNAPSHOT)
        assert session.get_one(JobRun, "snapshot")
    assert "late-snapshot" not in open_incidents()


def test_the_nightly_snapshot_is_scheduled_by_prefect_itself(rig: Rig) -> None:
    deployment = rig.prefect.read_deployment_by_name("publish-snapshot/v1")
    wanted = FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[deployment.id]))

    def scheduled() -> bool:
        runs = rig.prefect.read_flow_runs(flow_run_filter=wanted)
        return any(run.auto_scheduled and run.expected_start_time for run in runs)

    rig.until(scheduled, "Prefect's scheduler to plan the next nights")


def jobs() -> list[JobLine]:
    with unit_of_work() as session:
        return list_jobs(session)


def open_incidents() -> list[str]:
    with unit_of_work() as session:
        return list(session.exec(select(Incident.kind).where(col(Incident.closed_at).is_(None))))


def test_gates_are_still_read(rig: Rig) -> None:
    """Nothing of the above has left a gate that is decided and not passed."""
    rig.hold_back(is_held=False)
    rig.until(_nothing_stuck, "every decided gate to be passed")


def _nothing_stuck() -> bool:
    with unit_of_work() as session:
        stuck = select(Gate.id).where(col(Gate.outcome).is_not(None), col(Gate.passed_at).is_(None))
        return session.exec(stuck).first() is None
