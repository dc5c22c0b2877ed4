"""The reconciler: brings Prefect back to what the database says, whatever happened to it."""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from prefect.client.schemas.objects import FlowRun, State, StateType

from flows.form import form_for
from models import Gate
from models.failpoints import failpoint
from models.session import RUN_CHANNEL, notify, unit_of_work
from models.settings import Settings
from services.clock import now
from services.execution import runs
from services.execution.runs import KnownRun
from services.incidents import RUN_STOPPED, close_incident, open_incident
from worker.patience import alone
from worker.prefect_api import PrefectApi

log = logging.getLogger("jiebang.reconciler")

# A run may wait longer for a worker that is busy than for one that is gone.
_PATIENCE: Final = 10


class Reconciler:
    """Compares every unfinished run with Prefect and mends what differs."""

    def __init__(self, settings: Settings, api: PrefectApi) -> None:
        """Use ``api`` in the caller's thread."""
        self._grace = timedelta(seconds=settings.grace_seconds)
        self._api = api
        self._seen: set[tuple[UUID, str]] = set()

    def reconcile(self) -> dict[str, int]:
        """Mend the deployments and every run once; return how often each measure was taken."""
        taken: dict[str, int] = {}
        if self._api.ensure_deployments():
            log.warning(
                "a deployment or the work pool was missing or changed; it is as declared again"
            )
            taken["deployed"] = 1
        with unit_of_work() as session:
            known = [run for run in runs.known_runs(session) if not run.held and not run.leased]
        flow_runs = self._api.read([run.flow_run_id for run in known])
        for run in known:
            with alone(f"reconciling {run.code}"):
                if measure := self._mend(run, flow_runs.get(run.flow_run_id)):
                    log.info("%s: %s", run.code, measure)
                    taken[measure] = taken.get(measure, 0) + 1
        if taken:
            with unit_of_work() as session:
                notify(session, RUN_CHANNEL)
        return taken

    def _mend(self, known: KnownRun, run: FlowRun | None) -> str | None:
        """Mend a run that no worker executes, by the state in which Prefect holds it."""
        if run is None or run.state is None:
            if self._api.exists(known.flow_run_id):
                return None
            return self._replace(known, "replaced")
        return MEASURES[run.state.type](self, known, run, run.state)

    def _waiting(self, known: KnownRun, run: FlowRun, state: State) -> str | None:
        """Look after a run that should be taken up: Scheduled, Late, Resuming, Recovering."""
        if not self._old(state):
            return None
        if run.work_queue_id is None or not self._api.has_deployment(run.deployment_id):
            # Its deployment or its queue was deleted: no worker will ever be offered this run.
            return self._replace(known, "replaced")
        if not self._old(state, times=_PATIENCE):
            return None
        self._api.reschedule(run.id, "offered again: no worker has taken it up")
        return "rescheduled"

    def _pending(self, _: KnownRun, run: FlowRun, state: State) -> str | None:
        if not self._old(state):
            return None
        self._api.reschedule(run.id, "pending without a worker")
        return "rescheduled"

    def _running(self, _: KnownRun, run: FlowRun, state: State) -> str | None:
        if not self._old(state):
            return None
        self._api.crash(run.id, "its worker is gone: the lease has expired")
        failpoint("reconcile.crashed")
        if state.type is StateType.RUNNING:
            self._api.reschedule(run.id, "taken up again after its worker was lost")
        return "recovered"

    def _suspended(self, known: KnownRun, run: FlowRun, state: State) -> str | None:
        flow_run_id = run.id
        key = state.state_details.pause_key or ""
        self._close_incident(known)
        if known.key != key or known.gate_id is None:
            return "resumed" if self._api.resume(flow_run_id) else None
        if not known.parked:
            with unit_of_work() as session:
                runs.park_again(session, gate_id=known.gate_id, wake=known.wake)
            return "parked"
        if self._old(state) and (keys := state.state_details.run_input_keyset):
            self._ensure_schema(flow_run_id, known.gate_id, keys["schema"], known.decided)
        return None

    def _ensure_schema(self, flow_run_id: UUID, gate_id: UUID, key: str, decided: bool) -> None:
        """Post a suspension's schema if it is missing: without one, Prefect resumes nothing.

        Asked once of each suspension, and every time while a decided one does not go on.
        """
        if (flow_run_id, key) in self._seen and not decided:
            return
        with unit_of_work() as session:
            form = form_for(session.get_one(Gate, gate_id))
        self._api.ensure_input(flow_run_id, key, form.model_json_schema())
        self._seen.add((flow_run_id, key))

    def _stopped(self, known: KnownRun, _: FlowRun, state: State) -> str | None:
        with unit_of_work() as session:
            if not runs.is_current(session, known.process_id, known.generation):
                return None  # it has finished, or was replaced, since it was read
            open_incident(
                session,
                process_id=known.process_id,
                kind=RUN_STOPPED,
                zh=f"{known.code} 的流程已停止（{state.name}），将自动重建；如需暂缓请先挂起。",
                en=f"The run of {known.code} has stopped ({state.name}); it will be replaced unless held.",
                at=now(session),
            )
        return self._replace(known, "replaced") if self._old(state) else None

    def _replace(self, known: KnownRun, measure: str) -> str | None:
        with unit_of_work() as session:
            done = runs.next_generation(
                session, process_id=known.process_id, generation=known.generation
            )
        return measure if done else None

    def _close_incident(self, known: KnownRun) -> None:
        with unit_of_work() as session:
            close_incident(session, process_id=known.process_id, kind=RUN_STOPPED, at=now(session))

    def _old(self, state: State, *, times: int = 1) -> bool:
        return state.timestamp < datetime.now(UTC) - times * self._grace


Measure = Callable[[Reconciler, KnownRun, FlowRun, State], str | None]
# Every state that Prefect knows; a run whose lease holds is left alone in each of them.
MEASURES: Final[Mapping[StateType, Measure]] = {
    StateType.SCHEDULED: Reconciler._waiting,
    StateType.PENDING: Reconciler._pending,
    StateType.RUNNING: Reconciler._running,
    StateType.CANCELLING: Reconciler._running,
    StateType.PAUSED: Reconciler._suspended,
    StateType.COMPLETED: Reconciler._stopped,
    StateType.FAILED: Reconciler._stopped,
    StateType.CRASHED: Reconciler._stopped,
    StateType.CANCELLED: Reconciler._stopped,
}
