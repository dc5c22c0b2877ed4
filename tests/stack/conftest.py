"""One running stack with short times, for everything that needs Prefect."""

import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from playwright.sync_api import Page
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import PrefectHTTPStatusError
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select, update

from demo.people import seed_people
from demo.round import RoundDriver, open_gates
from demo.story import Story
from domain.gates import GateKind
from domain.lifecycle import Stage
from models import Gate, Process, ProcessRun, Project
from models.failpoints import marker
from models.session import GATE_CHANNEL, dispose, notify, unit_of_work
from services.processes import install_processes
from tests.browsing import SEEN, chromium
from tests.builders import new_project
from tests.cluster import Cluster, quick_folder
from tests.patience import PATIENCE, until
from tests.shell import ROOT
from tests.stack.nursery import Nursery
from tests.toy.installed import NAMED, make_tables
from worker.prefect_client import prefect_client
from worker.stack import Stack, running_stack

SHORT = {
    "JIEBANG_LEASE_SECONDS": "2",
    "JIEBANG_SWEEP_SECONDS": "0.5",
    "JIEBANG_RECONCILE_SECONDS": "2",
    "JIEBANG_GRACE_SECONDS": "1",
    "JIEBANG_WORKER_THREADS": "6",
    "PREFECT_SERVER_DATABASE_SQLALCHEMY_POOL_SIZE": "16",
    "JIEBANG_PROCESSES": "tests.toy.process.LOAN",
    "JIEBANG_REGISTERS": NAMED,
    # The stock worker starts its processes elsewhere.
    "PYTHONPATH": str(ROOT),
    "JIEBANG_ENTRYPOINTS": "tests.stack.changed_lifecycle.project_lifecycle",
}


@dataclass
class Rig:
    """The running stack and what tests do with it."""

    stack: Stack
    prefect: SyncPrefectClient
    interrupted: list[Project] = field(default_factory=list)
    unfinished: list[Project] = field(default_factory=list)

    @property
    def data_dir(self) -> Path:
        return self.stack.data_dir

    def project(self, title: str = "楼院助老", index: int = 0) -> Project:
        return new_project(title, index)

    def run_of(self, project_id: UUID) -> ProcessRun:
        with unit_of_work() as session:
            return session.get_one(ProcessRun, project_id)

    def flow_run(self, project_id: UUID) -> FlowRun:
        flow_run_id = self.run_of(project_id).flow_run_id
        assert flow_run_id is not None
        return self.prefect.read_flow_run(flow_run_id)

    def state_of(self, project_id: UUID) -> str:
        """The name of the run's state in Prefect; none while its run is yet to be made."""
        flow_run_id = self.run_of(project_id).flow_run_id
        if flow_run_id is None:
            return ""
        return self.prefect.read_flow_run(flow_run_id).state_name or ""

    def until(self, true: Callable[[], bool], what: str) -> None:
        """Wait for an event of the database, looking whenever something is notified."""
        url = make_url(os.environ["JIEBANG_DATABASE_URL"]).set(drivername="postgresql")

        def listen() -> None:
            try:
                with psycopg.connect(
                    url.render_as_string(hide_password=False), autocommit=True
                ) as connection:
                    connection.execute(f"LISTEN {GATE_CHANNEL}".encode())
                    list(connection.notifies(timeout=0.25, stop_after=1))
            except psycopg.OperationalError:
                # Nothing can be heard of a database that is away.
                dispose(os.environ["JIEBANG_DATABASE_URL"])
                threading.Event().wait(0.25)

        until(lambda: self._holds(true), what, listen)

    @staticmethod
    def _holds(true: Callable[[], bool]) -> bool:
        """Ask ``true``; while the database or Prefect is away, it does not hold."""
        try:
            return true()
        except (DBAPIError, httpx.TransportError, PrefectHTTPStatusError):
            dispose(os.environ["JIEBANG_DATABASE_URL"])
            return False

    def waiting(self, project_id: UUID) -> Gate | None:
        """The gate at which the project's run is really suspended and undecided."""
        with unit_of_work() as session:
            return next(iter(open_gates(session, [project_id])), None)

    def at_gate(self, project_id: UUID, stage: str = "", kind: str = "") -> Gate:
        """Wait until the run is suspended at a gate (of this stage and kind)."""
        gates: list[Gate] = []

        def there() -> bool:
            gate = self.waiting(project_id)
            if gate and (not stage or (gate.stage, gate.kind) == (stage, kind)):
                gates.append(gate)
            return bool(gates)

        self.until(there, f"{stage or 'a'} {kind or 'gate'}")
        return gates[0]

    def lead_to(self, project: Project, stage: str, kind: str, story: Story | None = None) -> Gate:
        """Let the people act until the run is suspended at the gate named."""
        story = story or Story(project.id, Random(1))
        there = (Stage(stage), GateKind(kind))
        RoundDriver([story], patience=PATIENCE, until=there).drive()
        return self.at_gate(project.id, stage, kind)

    def passed(self, gate: Gate) -> bool:
        with unit_of_work() as session:
            return session.get_one(Gate, gate.id).passed_at is not None

    def read(self, gate: Gate) -> Gate:
        with unit_of_work() as session:
            return session.get_one(Gate, gate.id)

    def finish(self, *projects: Project) -> None:
        """Carry projects to their ends."""
        stories = [Story(project.id, Random(str(project.id))) for project in projects]
        RoundDriver(stories, patience=PATIENCE).drive()

    def look_again_later(self, *projects: Project) -> None:
        """Leave interrupted projects to the last test of the stack.

        It carries the first of these to its end, together with those of other interruptions, in a
        fraction of the time that they take one after the other; the others wait where they are.
        """
        self.interrupted += projects
        self.unfinished += projects[:1]

    def hold_back(self, *, is_held: bool = True) -> None:
        """Hold back every run of a project that has not finished, or let all of them go on.

        What belongs to no project, as a month's list, belongs to the tests that follow, too.
        """
        of_projects = select(Process.id).where(col(Process.project_id).is_not(None))
        with unit_of_work() as session:
            session.execute(
                update(ProcessRun)
                .where(
                    col(ProcessRun.finished_at).is_(None),
                    col(ProcessRun.process_id).in_(of_projects),
                )
                .values(held=is_held)
            )
            notify(session, GATE_CHANNEL)

    def arm(self, armed: Mapping[str, str]) -> None:
        """Replace the worker by one with ``armed`` failpoints; none at all disarms it."""
        for name in armed:
            hit = marker(self.data_dir, name)
            for path in (hit, hit.with_suffix(".go")):
                path.unlink(missing_ok=True)
        value = ";".join(f"{name}={do}" for name, do in armed.items())
        self.stack.replace_worker(1, {"JIEBANG_FAILPOINTS": value} if value else {})

    def deploy(self, entrypoint: str) -> None:
        """Change the code of the lifecycle's deployment."""
        client = self.prefect
        deployment = client.read_deployment_by_name("project-lifecycle/v1")
        client.create_deployment(
            flow_id=deployment.flow_id,
            name="v1",
            entrypoint=entrypoint,
            work_pool_name="jiebang",
            enforce_parameter_schema=False,
        )

    def kill(self, part: str) -> int:
        """Kill a part of the stack at once; return the id its process had."""
        pid = self.stack.supervisor.pid_of(part)
        os.kill(pid, signal.SIGKILL)
        return pid

    def artifacts(self, key: str) -> list[dict[str, Any]]:
        """Return every version of Prefect's artifact with this key, the oldest first."""
        response = self.prefect.request(
            "POST", "/artifacts/filter", json={"artifacts": {"key": {"any_": [key]}}}
        )
        versions: list[dict[str, Any]] = response.json()
        return sorted(versions, key=lambda version: str(version["created"]))

    def gates(self, project_id: UUID) -> list[Gate]:
        with unit_of_work() as session:
            return list(
                session.exec(
                    select(Gate).where(Gate.process_id == project_id).order_by(col(Gate.opened_at))
                ).all()
            )


@pytest.fixture(scope="package")
def rig(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """A stack of its own, started once and stopped after the last test that needs it.

    JIEBANG_DATABASE_URL and PREFECT_API_URL point to it; its logs outlive it.
    """
    assert cluster
    before = dict(os.environ)
    with ExitStack() as running:
        running.callback(_restore, before)
        for name in ("JIEBANG_DATABASE_URL", "PREFECT_API_URL"):
            os.environ.pop(name, None)
        os.environ |= SHORT
        nursery = Nursery()
        running.callback(nursery.close)
        folder = running.enter_context(quick_folder())
        logs = tmp_path_factory.mktemp("stack") / "log"
        running.callback(shutil.copytree, folder / "log", logs)
        stack = running.enter_context(
            running_stack(
                folder,
                demo=True,
                web=True,
                environment=SHORT,
                longest_pause=0.5,
                launch_worker=nursery.launch,
            )
        )
        make_tables()
        with unit_of_work() as session:
            seed_people(session, Random(7))
        _RIG_ENVIRONMENT.update(set(os.environ.items()) - set(before.items()))
        yield Rig(stack, running.enter_context(prefect_client(stack.addresses.api_url)))


def _restore(environment: dict[str, str]) -> None:
    """Go back to an environment, and to the processes and registers that it names."""
    os.environ.clear()
    os.environ |= environment
    install_processes()


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Page]:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1000}, locale="zh-CN")
        page.set_default_timeout(SEEN)
        yield page


_RIG_ENVIRONMENT: dict[str, str] = {}


@pytest.fixture(autouse=True)
def _use_the_stack(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Point to the stack; what the test leaves is held back, or it would keep the stack busy."""
    for name, value in _RIG_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    yield
    rig.hold_back()
