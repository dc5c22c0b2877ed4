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
from uuid import UUID, uuid4

import psycopg
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from sqlalchemy import make_url
from sqlmodel import col, select

from bench.figures import Figure, median, percentile
from demo.people import seed_people
from demo.round import RoundDriver
from demo.story import Story
from models import Community, Gate, ImportBatch, Need
from models.needs import NeedStatus
from models.session import GATE_CHANNEL, unit_of_work
from models.settings import settings
from services.clock import now
from services.projects import form_project
from worker.stack import Stack, running_stack
from worker.supervisor import Part

WARM: Final = "project-lifecycle/v1"
STOCK: Final = "project-lifecycle/stock"
_CALL: Final = re.compile(r'"(?:GET|POST|PUT|PATCH|DELETE) /api/(?!health)')


class _Arrivals(threading.Thread):
    """When something was heard of each gate: it was parked, or decided."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.heard: dict[UUID, list[float]] = defaultdict(list)
        self._stopping = threading.Event()
        url = make_url(settings().database_url).set(drivername="postgresql")
        self._connection = psycopg.connect(
            url.render_as_string(hide_password=False), autocommit=True
        )
        self._connection.execute(f"LISTEN {GATE_CHANNEL}".encode())

    def run(self) -> None:
        while not self._stopping.is_set():
            for notice in self._connection.notifies(timeout=0.2):
                if notice.payload:
                    self.heard[UUID(notice.payload)].append(time.monotonic())

    def stop(self) -> None:
        self._stopping.set()
        self.join()
        self._connection.close()


@dataclass(frozen=True)
class Measured:
    """Lifecycles carried to their ends: seconds from decision to next gate, by position."""

    latencies: list[list[float]]
    seconds: float
    resumptions: int
    calls: int

    @property
    def flat(self) -> list[float]:
        """Return every latency."""
        return [one for line in self.latencies for one in line]

    @property
    def rate(self) -> float:
        """Return resumptions a second."""
        return self.resumptions / self.seconds


def _projects(count: int, definition: str) -> list[UUID]:
    ids = []
    for index in range(count):
        with unit_of_work() as session:
            communities = session.exec(select(Community).order_by(col(Community.code))).all()
            community = communities[index % len(communities)]
            at = now(session)
            batch = ImportBatch(
                filename="bench",
                sha256=uuid4().hex,
                rows=1,
                imported=1,
                merged=0,
                quarantined=0,
                imported_at=at,
            )
            session.add(batch)
            session.flush()
            need = Need(
                code=f"B-{uuid4().hex[:10]}",
                title="楼院助老",
                description="独居老人需要定期探访",
                category="elderly",
                street_code=community.street_code,
                community_code=community.code,
                place_text=community.name,
                reported_on=at.date(),
                status=NeedStatus.REGISTERED,
                fingerprint=uuid4().hex,
                batch_id=batch.id,
                source="bench",
                source_ref=uuid4().hex,
                created_at=at,
            )
            session.add(need)
            session.flush()
            project = form_project(session, need_ids=[need.id], title="楼院助老", actor="bench")
            project.definition = definition
            ids.append(project.id)
    return ids


def _carry(stack: Stack, count: int, definition: str) -> Measured:
    log = stack.data_dir / "log" / "prefect-server.log"
    before = len(_CALL.findall(log.read_text(errors="replace")))
    arrivals = _Arrivals()
    arrivals.start()
    began = time.monotonic()
    ids = _projects(count, definition)
    RoundDriver([Story(one, Random(n)) for n, one in enumerate(ids)], patience=600).drive()
    seconds = time.monotonic() - began
    arrivals.stop()
    calls = len(_CALL.findall(log.read_text(errors="replace"))) - before
    lines = []
    with unit_of_work() as session:
        for one in ids:
            gates = session.exec(
                select(Gate).where(Gate.project_id == one).order_by(col(Gate.opened_at))
            ).all()
            heard = [arrivals.heard[gate.id] for gate in gates]
            lines.append([after[0] - before[-1] for before, after in pairwise(heard)])
    resumptions = sum(len(line) + 1 for line in lines)
    return Measured(lines, seconds, resumptions, calls)


def _start_stock(stack: Stack) -> None:
    with SyncPrefectClient(stack.addresses.api_url) as client:
        pool = WorkPoolCreate(name="stock", type="process")
        client.request("POST", "/work_pools/", json=pool.model_dump(mode="json"))
        held = client.read_deployment_by_name(WARM)
        client.create_deployment(
            flow_id=held.flow_id,
            name="stock",
            entrypoint=held.entrypoint,
            work_pool_name="stock",
            enforce_parameter_schema=False,
        )
    stack.supervisor.start(
        Part(
            "stock-worker",
            [
                *(sys.executable, "-m", "prefect", "worker", "start"),
                *("--type", "process", "--pool", "stock", "--name", "stock", "--limit", "6"),
            ],
            lambda: "started!" in (stack.data_dir / "log" / "stock-worker.log").read_text(),
            stack.environment() | {"PYTHONUNBUFFERED": "1", "PREFECT_WORKER_QUERY_SECONDS": "1"},
        )
    )


def measure_lifecycles(data_dir: Path, count: int, say: Callable[[str], None]) -> Iterator[Figure]:
    """Carry one lifecycle, then ``count`` at once, on both workers, and compare."""
    with running_stack(
        data_dir, demo=True, environment={"PREFECT_SERVER_LOGGING_LEVEL": "INFO"}
    ) as stack:
        with unit_of_work() as session:
            seed_people(session, Random(7))
        _start_stock(stack)
        measured = {}
        for name, definition in (("warm", WARM), ("stock", STOCK)):
            for number in (1, count):
                measured[name, number] = one = _carry(stack, number, definition)
                say(f"{name}: {number} at once, {one.resumptions} in {one.seconds:.0f} s")
    yield from compare(measured, count)


def compare(measured: dict[tuple[str, int], Measured], count: int) -> Iterator[Figure]:
    """Return the figures that follow from what was measured."""
    warm, stock = measured["warm", 1], measured["stock", 1]
    many, many_stock = measured["warm", count], measured["stock", count]
    yield Figure(
        "decision to next gate, one lifecycle: stock / warm, median",
        median(stock.flat) / median(warm.flat),
        "×",
        6,
        at_most=False,
        raw=stock.flat,
    )
    yield Figure(
        "decision to next gate, one lifecycle, 95th percentile",
        percentile(warm.flat, 0.95),
        "s",
        1.5,
        at_most=True,
        raw=warm.flat,
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
        f"{count} lifecycles at once", many.rate, "resumptions/s", 1.5, at_most=False, raw=many.flat
    )
    yield Figure(
        "Prefect API calls a resumption",
        many.calls / many.resumptions,
        "calls",
        12,
        at_most=True,
        raw=[float(many.calls), float(many.resumptions)],
    )
    first = [line[0] for line in many.latencies] + [warm.latencies[0][0]]
    last = [line[-1] for line in many.latencies] + [warm.latencies[0][-1]]
    yield Figure(
        "a resumption at the last stage / at the first",
        median(last) / median(first),
        "×",
        1.2,
        at_most=True,
        raw=first + last,
    )
