"""Whole lifecycles on the warm worker and on Prefect's stock process worker, to their ends.

Both run the same flow, guards, data and database; the same dispatcher resumes both.
"""

import re
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Final
from uuid import UUID

import psycopg
from prefect.client.schemas.actions import WorkPoolCreate
from sqlalchemy import make_url
from sqlmodel import Session, col, select

from bench.figures import Figure, median, percentile
from demo.people import seed_people
from demo.plan import form_from, group_needs
from demo.round import RoundDriver, open_gates
from demo.run import NEEDS
from demo.story import Story
from domain.gates import GateKind
from domain.lifecycle import Stage, Status
from models import Gate, Process, ProcessRun, Project
from models.session import GATE_CHANNEL, RUN_CHANNEL, notify, unit_of_work
from models.settings import settings
from services.needs.import_needs import import_needs
from worker.prefect_api import PrefectApi
from worker.prefect_client import prefect_client
from worker.stack import Stack, running_stack
from worker.supervisor import Part

WARM: Final = "project-lifecycle/v1"
_REPLAYS: Final = 9
STOCK: Final = "project-lifecycle/stock"
_CALL: Final = re.compile(r'"(?:GET|POST|PUT|PATCH|DELETE) /api/(?!health)')


class _Arrivals(threading.Thread):
    """When something was heard of each gate: it was parked, or decided."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.heard: dict[UUID, list[float]] = defaultdict(list)
        self._stopping, self._news = threading.Event(), threading.Condition()
        url = make_url(settings().database_url).set(drivername="postgresql")
        self._connection = psycopg.connect(
            url.render_as_string(hide_password=False), autocommit=True
        )
        self._connection.execute(f"LISTEN {GATE_CHANNEL}".encode())

    def run(self) -> None:
        while not self._stopping.is_set():
            for notice in self._connection.notifies(timeout=0.2):
                if notice.payload:
                    with self._news:
                        self.heard[UUID(notice.payload)].append(time.monotonic())
                        self._news.notify_all()

    def first(self, gate: UUID) -> float:
        """Wait for news of ``gate`` and return when it came."""
        with self._news:
            self._news.wait_for(lambda: self.heard[gate], timeout=60)
            return self.heard[gate][0]

    def stop(self) -> None:
        self._stopping.set()
        self.join()
        self._connection.close()


@dataclass(frozen=True)
class Measured:
    """Lifecycles carried to their ends; ``into`` holds seconds from decision to next gate, by it."""

    into: dict[tuple[str, GateKind], list[float]]
    seconds: float
    resumptions: int
    calls: int
    lost: int

    @property
    def latencies(self) -> list[float]:
        """Return every latency."""
        return [wait for waits in self.into.values() for wait in waits]

    @property
    def rate(self) -> float:
        """Return resumptions a second."""
        return self.resumptions / self.seconds


def _projects(count: int, definition: str) -> list[UUID]:
    """Form projects from the demo's needs, in one transaction: all begin at once."""
    with unit_of_work() as session:
        formed = [form_from(session, group) for group in group_needs(session)[:count]]
        for project in formed:
            session.get_one(Process, project.id).definition = definition
        return [project.id for project in formed]


def carry_lifecycles(
    stack: Stack,
    count: int,
    definition: str,
    *,
    in_turn: bool = False,
    until: tuple[Stage, GateKind] | None = None,
) -> Measured:
    """Carry new projects to their ends, or to a gate, and measure every step."""
    log = stack.data_dir / "log" / "prefect-server.log"
    before = len(_CALL.findall(log.read_text(errors="replace")))
    arrivals = _Arrivals()
    arrivals.start()
    began = time.monotonic()
    ids: list[UUID] = []
    for number in [1] * count if in_turn else [count]:
        formed = _projects(number, definition)
        RoundDriver(
            [Story(project_id, Random(n)) for n, project_id in enumerate(formed)],
            patience=600,
            until=until,
        ).drive()
        ids += formed
    seconds = time.monotonic() - began
    arrivals.stop()
    calls = len(_CALL.findall(log.read_text(errors="replace"))) - before
    into: dict[tuple[str, GateKind], list[float]] = defaultdict(list)
    resumptions = 0
    with unit_of_work() as session:
        for id_ in ids:
            gates = session.exec(
                select(Gate).where(Gate.process_id == id_).order_by(col(Gate.opened_at))
            ).all()
            for left, reached in pairwise(gates):
                waited = arrivals.heard[reached.id][0] - arrivals.heard[left.id][-1]
                into[reached.stage, reached.kind].append(waited)
            resumptions += sum(gate.parked_wake for gate in gates)
        lost = _lost(session, ids)
    return Measured(into, seconds, resumptions, calls, lost)


def _lost(session: Session, ids: list[UUID]) -> int:
    """Return how many lifecycles did not end, or needed more than one run to."""
    runs = session.exec(
        select(Project.status, ProcessRun.generation)
        .join(ProcessRun, col(ProcessRun.process_id) == Project.id)
        .where(col(Project.id).in_(ids))
    ).all()
    return len(ids) - runs.count((Status.CLOSED, 1))


def _replays(stack: Stack, stage: Stage) -> list[float]:
    """Wake a run at a stage's approval gate several times without a decision: the same work."""
    (project,) = _projects(1, WARM)
    story = Story(project, Random(1))
    RoundDriver([story], until=(stage, GateKind.APPROVAL), patience=600).drive()
    took = []
    with PrefectApi(stack.addresses.api_url) as api:
        for _ in range(_REPLAYS):
            arrivals = _Arrivals()
            arrivals.start()
            with unit_of_work() as session:
                gate = open_gates(session, [project])[0]
                run = session.get_one(ProcessRun, project)
            began = time.monotonic()
            assert run.flow_run_id is not None
            api.resume(run.flow_run_id)
            # As the dispatcher does; else most of the time would be the worker's pause between polls.
            with unit_of_work() as session:
                notify(session, RUN_CHANNEL)
            took.append(arrivals.first(gate.id) - began)
            arrivals.stop()
    RoundDriver([story], patience=600).drive()
    return took


def start_stock(stack: Stack) -> None:
    """Start Prefect's own process worker beside the warm one, with the same flow."""
    with prefect_client(stack.addresses.api_url) as client:
        # The pool's limit, not the worker's own: that one crashes it when a run is resumed before
        # the process that suspended it has ended ("this borrower is already holding one").
        pool = WorkPoolCreate(
            name="stock", type="process", concurrency_limit=settings().worker_threads
        )
        client.request("POST", "/work_pools/", json=pool.model_dump(mode="json"))
        deployment = client.read_deployment_by_name(WARM)
        client.create_deployment(
            flow_id=deployment.flow_id,
            name="stock",
            entrypoint=deployment.entrypoint,
            work_pool_name="stock",
            enforce_parameter_schema=False,
        )
    stack.supervisor.start(
        Part(
            "stock-worker",
            [
                *(sys.executable, "-m", "prefect", "worker", "start"),
                *("--type", "process", "--pool", "stock", "--name", "stock"),
            ],
            lambda: "started!" in (stack.data_dir / "log" / "stock-worker.log").read_text(),
            stack.environment() | {"PYTHONUNBUFFERED": "1", "PREFECT_WORKER_QUERY_SECONDS": "1"},
        )
    )


def measure_lifecycles(
    data_dir: Path, count: int, crowd: int, say: Callable[[str], None]
) -> list[Figure]:
    """Carry one lifecycle, then ``count`` at once, on both workers, and compare.

    The warm worker carries a ``crowd`` at once, too. With none at all, one is carried to its end and
    nothing is measured.
    """
    with running_stack(
        data_dir, demo=True, environment={"PREFECT_SERVER_LOGGING_LEVEL": "INFO"}
    ) as stack:
        with unit_of_work() as session:
            seed_people(session, Random(7))
        import_needs(path=NEEDS, actor="bench")

        def carry(number: int, definition: str, *, in_turn: bool = False) -> Measured:
            done = carry_lifecycles(stack, number, definition, in_turn=in_turn)
            how = "one after the other" if in_turn else "at once"
            say(f"{definition}: {number} {how}, {done.resumptions} in {done.seconds:.0f} s")
            return done

        carry_lifecycles(stack, 1, WARM)  # the worker has just started: it loads slow modules once
        if not count:
            return []
        warm, many = carry(3, WARM, in_turn=True), carry(count, WARM)
        crowded = carry(crowd, WARM)
        first, last = _replays(stack, Stage.EVALUATE), _replays(stack, Stage.ASSESS)
        start_stock(stack)
        stock, many_stock = carry(1, STOCK), carry(count, STOCK)
    return [
        *_compare(warm, many, stock, many_stock, count),
        Figure(f"{crowd} lifecycles at once", crowded.rate, "resumptions/s", 1.5, at_most=False),
        Figure(f"lifecycles lost of {crowd}", crowded.lost, "lifecycles", 0, at_most=True),
        _no_growth(first, last),
    ]


def _compare(
    warm: Measured, many: Measured, stock: Measured, many_stock: Measured, count: int
) -> Iterator[Figure]:
    yield Figure(
        "decision to next gate, one lifecycle: stock / warm, median",
        median(stock.latencies) / median(warm.latencies),
        "×",
        6,
        at_most=False,
        raw=stock.latencies,
    )
    yield Figure(
        "decision to next gate, one lifecycle, 95th percentile",
        percentile(warm.latencies, 0.95),
        "s",
        1.5,
        at_most=True,
        raw=warm.latencies,
    )
    yield Figure(
        f"{count} lifecycles at once: warm / stock, resumptions a second",
        many.rate / many_stock.rate,
        "×",
        7,
        at_most=False,
        raw=[many.seconds, many_stock.seconds],
    )
    yield Figure(
        f"{count} lifecycles at once",
        many.rate,
        "resumptions/s",
        1.5,
        at_most=False,
        raw=many.latencies,
    )
    yield Figure("lifecycles lost", warm.lost + many.lost, "lifecycles", 0, at_most=True)
    yield Figure(
        "Prefect API calls a resumption",
        many.calls / many.resumptions,
        "calls",
        12,
        at_most=True,
        raw=[float(many.calls), float(many.resumptions)],
    )


def _no_growth(first: list[float], last: list[float]) -> Figure:
    return Figure(
        "a resumption at the last stage / at the first",
        median(last) / median(first),
        "×",
        1.2,
        at_most=True,
        raw=first + last,
    )
