"""The warm worker: a Prefect worker type that executes lifecycles in its own process.

Imports are paid once; a resumption costs a thread and a few API calls instead of an interpreter.
Same UI, same states. Before a run starts, the worker takes its lease, so no run is
ever executed twice at once, whatever the queue says.
"""

import asyncio
import contextvars
import logging
import os
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from uuid import UUID

import anyio
from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import WorkerFlowRunResponse
from prefect.context import SyncClientContext
from prefect.exceptions import Abort, Pause
from prefect.flows import load_flow_from_entrypoint
from prefect.states import Cancelled, Crashed, Pending
from prefect.utilities.engine import propose_state_sync
from prefect.workers.base import (
    BaseJobConfiguration,
    BaseVariables,
    BaseWorker,
    BaseWorkerResult,
)

from checks import warm_up
from domain.errors import LeaseLost
from flows.run import HELD
from models.failpoints import failpoint
from models.heap import keep_loaded
from models.session import unit_of_work
from models.settings import settings
from services.clock import now
from services.execution.runs import is_current
from services.incidents import FOREIGN_CODE, open_incident
from services.leases import Lease, release_lease, renew_leases, take_lease
from services.processes import install_processes
from worker.deployments import TYPE, known_entrypoints
from worker.dispatcher import Dispatcher
from worker.engine import LeanClient, LeanContext, execute
from worker.outbox_sender import OutboxSender

log = logging.getLogger("jiebang.worker")

_FIRST_RETRY: Final = 0.2
_LONGEST_RETRY: Final = 5.0


class _Leases:
    """The leases this process holds, renewed together every third of their time."""

    def __init__(self, worker: str, ttl: float) -> None:
        self._worker, self._ttl = worker, ttl
        self._held: dict[UUID, Lease] = {}
        self._lock, self._done = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._renew, name="leases", daemon=True)
        self._thread.start()

    def take(self, process_id: UUID, generation: int) -> Lease:
        with unit_of_work() as session:
            lease = take_lease(
                session,
                process_id=process_id,
                generation=generation,
                worker=self._worker,
                ttl=self._ttl,
            )
        with self._lock:
            self._held[lease.token] = lease
        return lease

    def give_back(self, lease: Lease) -> None:
        with self._lock:
            self._held.pop(lease.token, None)
        with unit_of_work() as session:
            release_lease(session, lease)

    def _renew(self) -> None:
        while not self._done.wait(self._ttl / 3):
            with self._lock:
                tokens = list(self._held)
            if tokens:
                try:
                    with unit_of_work() as session:
                        renew_leases(session, tokens, ttl=self._ttl)
                except Exception:
                    log.exception("could not renew leases; they run out unless the next try works")

    def close(self) -> None:
        self._done.set()
        self._thread.join()


def _report_foreign_code() -> None:
    with unit_of_work() as session:
        open_incident(
            session,
            process_id=None,
            kind=FOREIGN_CODE,
            zh="Prefect 里有部署指向平台以外的代码，工作进程已拒绝执行。请检查谁能访问 Prefect，并删除该部署。",
            en="A deployment in Prefect names code that is not the platform's; no worker executes it. "
            "Check who has access to Prefect, and delete the deployment.",
            at=now(session),
        )


def _open_client() -> None:
    """Give this thread its own client, kept open as long as the thread lives."""
    LeanContext().__enter__()


def _load() -> None:
    """Load what the first run needs, and set it aside."""
    warm_up()
    keep_loaded()


class WarmWorker(BaseWorker[BaseJobConfiguration, BaseVariables, BaseWorkerResult]):
    """Executes thin flows on a bounded pool of threads."""

    type = TYPE
    job_configuration = BaseJobConfiguration
    job_configuration_variables = BaseVariables
    _description = "Executes Jiebang's lifecycles in its own process, with imports paid once."
    _display_name = "Jiebang warm worker"

    async def setup(self) -> None:
        """Load slow modules once, then begin to listen."""
        install_processes()
        self._drain_on_sigterm()
        configured = settings()
        self._threads = configured.worker_threads
        self._pool = ThreadPoolExecutor(self._threads, "run", initializer=_open_client)
        self._flows: dict[UUID, Flow[Any, Any]] = {}
        self._running: set[UUID] = set()
        self._pauses: dict[UUID, float] = {}
        self._wanted = asyncio.Event()
        self._polling = asyncio.Lock()
        self._leases = _Leases(f"{socket.gethostname()}:{os.getpid()}", configured.lease_seconds)
        threading.Thread(target=_load, name="warm-up", daemon=True).start()
        await super().setup()
        self._loop = asyncio.get_running_loop()
        self._dispatcher = Dispatcher(configured, self._want_soon)
        self._dispatcher.start()
        self._outbox_sender = OutboxSender(configured) if OutboxSender.wanted(configured) else None
        if self._outbox_sender:
            self._outbox_sender.start()
        assert self._runs_task_group is not None
        self._runs_task_group.start_soon(self._poll_when_wanted)
        ready = configured.data_dir / "run" / f"{self.name}.ready"
        if ready.parent.is_dir():
            ready.write_text(str(os.getpid()))

    def _drain_on_sigterm(self) -> None:
        """End as Ctrl-C would, also where SIGINT is ignored, as in a shell's background job.

        Prefect turns SIGTERM into SIGINT, which such a process never hears.
        """
        main = asyncio.current_task()
        assert main is not None

        def drain() -> None:
            log.warning("draining: no new runs, those in execution are finished")
            main.cancel()

        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, drain)

    async def teardown(self, *exc_info: Any) -> None:
        """Stop taking runs, finish those in execution, then let go."""
        self._dispatcher.stop()
        if self._outbox_sender:
            self._outbox_sender.stop()
        if self._runs_task_group is not None:
            self._runs_task_group.cancel_scope.cancel()
        await super().teardown(*exc_info)
        self._pool.shutdown(wait=True)
        self._leases.close()

    async def run(
        self,
        flow_run: FlowRun,
        configuration: BaseJobConfiguration,
        task_status: anyio.abc.TaskStatus[int] | None = None,
    ) -> BaseWorkerResult:
        """Execute one run; the queue does not come this way, a direct submission does."""
        del configuration
        if task_status:
            task_status.started(os.getpid())
        await self._execute(flow_run)
        return BaseWorkerResult(status_code=0, identifier=str(flow_run.id))

    def _want_soon(self) -> None:
        """Ask for a poll from another thread."""
        self._loop.call_soon_threadsafe(self._wanted.set)

    async def _poll_when_wanted(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self.get_and_submit_flow_runs()
            except Exception as error:
                log.warning("reading the queue failed; retrying in %.1f s: %s", _FIRST_RETRY, error)
                await asyncio.sleep(_FIRST_RETRY)
                self._wanted.set()

    async def get_and_submit_flow_runs(self) -> list[FlowRun]:
        """Ask the queue, one question at a time; a full pool asks again when it has room."""
        async with self._polling:
            if len(self._running) >= self._threads:
                self._hungry = True
                return []
            return await super().get_and_submit_flow_runs()

    _hungry = False

    async def _submit_scheduled_flow_runs(
        self, flow_run_response: list[WorkerFlowRunResponse]
    ) -> list[FlowRun]:
        taken = []
        assert self._runs_task_group is not None
        for entry in flow_run_response:
            run = entry.flow_run
            if run.id in self._running or len(self._running) >= self._threads:
                self._hungry = True
                continue
            self._running.add(run.id)
            self._runs_task_group.start_soon(self._execute, run)
            taken.append(run)
        return taken

    async def _execute(self, run: FlowRun) -> None:
        again = False
        try:
            flow = await self._flow_of(run)
            if flow is None:
                return
            loop = asyncio.get_running_loop()
            with anyio.CancelScope(shield=True):
                again = await loop.run_in_executor(self._pool, self._carry, flow, run)
        except Exception:
            log.exception("run %s could not be executed; the reconciler mends it", run.id)
        finally:
            self._running.discard(run.id)
        if again:
            pause = min(_LONGEST_RETRY, 2 * self._pauses.get(run.id, _FIRST_RETRY / 2))
            self._pauses[run.id] = pause
            await asyncio.sleep(pause)
        else:
            self._pauses.pop(run.id, None)
        if again or self._hungry:
            self._hungry = False
            self._wanted.set()

    async def _flow_of(self, run: FlowRun) -> Flow[Any, Any] | None:
        """Return the flow to execute; None where its deployment names code that is not ours."""
        assert run.deployment_id is not None
        if run.deployment_id not in self._flows:
            deployment = await self.client.read_deployment(run.deployment_id)
            if deployment.entrypoint not in known_entrypoints():
                await self._turn_away(run)
                return None
            self._flows[run.deployment_id] = await asyncio.to_thread(
                load_flow_from_entrypoint, deployment.entrypoint
            )
        return self._flows[run.deployment_id]

    async def _turn_away(self, run: FlowRun) -> None:
        """Load nothing of a run whose deployment names foreign code, and tell the operators."""
        log.error("run %s names code that is not the platform's; it is not executed", run.id)
        await self.client.set_flow_run_state(
            run.id, Crashed(message="its deployment names code that is not the platform's"), True
        )
        await asyncio.to_thread(_report_foreign_code)

    def _carry(self, flow: Flow[Any, Any], run: FlowRun) -> bool:
        """Execute one run in this thread; True when it should be asked for again soon."""
        # What a run that was suspended before gates belonged to processes was told.
        if "project_id" in run.parameters:
            run.parameters["process_id"] = run.parameters.pop("project_id")
        if "process_id" not in run.parameters:
            contextvars.copy_context().run(self._start, flow, run)
            return False
        process_id = UUID(str(run.parameters["process_id"]))
        generation = int(run.parameters["generation"])
        try:
            lease = self._leases.take(process_id, generation)
        except LeaseLost:
            with unit_of_work() as session:
                if is_current(session, process_id, generation):
                    return True
            contextvars.copy_context().run(self._dismiss, run)
            return False
        failpoint("worker.leased")
        try:
            context = contextvars.copy_context()
            context.run(HELD.set, lease)
            context.run(self._start, flow, run)
        finally:
            failpoint("worker.before-release")
            self._leases.give_back(lease)
        return False

    def _dismiss(self, run: FlowRun) -> None:
        """Cancel a run that a newer generation has replaced."""
        get_client(sync_client=True).set_flow_run_state(
            run.id, Cancelled(message="replaced by a newer generation"), force=True
        )

    def _start(self, flow: Flow[Any, Any], run: FlowRun) -> None:
        context = SyncClientContext.get()
        assert context is not None
        client = context.client
        assert isinstance(client, LeanClient)
        try:
            state = propose_state_sync(client, Pending(), flow_run_id=run.id)
            if not state.is_pending():
                return
            failpoint("worker.pending")
            run.state, run.state_name, run.state_type = state, state.name, state.type
            execute(flow, run, client)
        except (Pause, Abort) as signal:
            log.debug("%s: %s", run.name, type(signal).__name__)
        except Exception:
            log.exception("%s failed", run.name)
