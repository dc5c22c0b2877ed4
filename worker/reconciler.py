"""The reconciler: brings Prefect back to what the database says, whatever happened to it."""

import logging
from datetime import UTC, datetime, timedelta
from uuid import UUID

from prefect.client.schemas.objects import FlowRun, State, StateType

from flows.form import form_for
from models import Gate
from models.failpoints import failpoint
from models.session import RUN_CHANNEL, notify, unit_of_work
from models.settings import Settings
from services.clock import now
from services.execution import runs
from services.execution.incidents import RUN_STOPPED, close_incident, open_incident
from services.execution.runs import KnownRun
from worker.patience import alone
from worker.prefect_api import PrefectApi

log = logging.getLogger("jiebang.reconciler")

_STOPPED = frozenset(
    {StateType.FAILED, StateType.CRASHED, StateType.CANCELLED, StateType.COMPLETED}
)


class Reconciler:
    """Compares every unfinished run with Prefect and mends what differs."""

    def __init__(self, settings: Settings, api: PrefectApi) -> None:
        """Use ``api`` in the caller's thread."""
        self._grace = timedelta(seconds=settings.grace_seconds)
        self._api = api
        self._seen: set[tuple[UUID, str]] = set()

    def reconcile(self) -> dict[str, int]:
        """Mend every run once; return how often each measure was taken."""
        with unit_of_work() as session:
            known = [one for one in runs.known_runs(session) if not one.held and not one.leased]
        held = self._api.read([one.flow_run_id for one in known])
        taken: dict[str, int] = {}
        for one in known:
            with alone(f"reconciling {one.code}"):
                if measure := self._mend(one, held.get(one.flow_run_id)):
                    log.info("%s: %s", one.code, measure)
                    taken[measure] = taken.get(measure, 0) + 1
        if taken:
            with unit_of_work() as session:
                notify(session, RUN_CHANNEL)
        return taken

    def _mend(self, known: KnownRun, run: FlowRun | None) -> str | None:
        if run is None or run.state is None:
            if self._api.exists(known.flow_run_id):
                return None
            return self._replace(known, "replaced")
        state = run.state
        if state.type is StateType.PAUSED:
            return self._suspended(known, run.id, state)
        if state.type in _STOPPED:
            return self._stopped(known, state)
        if not self._old(state):
            return None
        if state.type is StateType.PENDING:
            self._api.reschedule(run.id, "pending without a worker")
            return "rescheduled"
        if state.type in (StateType.RUNNING, StateType.CANCELLING):
            self._api.crash(run.id, "its worker is gone: the lease has expired")
            failpoint("reconcile.crashed")
            if state.type is StateType.RUNNING:
                self._api.reschedule(run.id, "taken up again after its worker was lost")
            return "recovered"
        return None

    def _suspended(self, known: KnownRun, flow_run_id: UUID, state: State) -> str | None:
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

    def _stopped(self, known: KnownRun, state: State) -> str | None:
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

    def _old(self, state: State) -> bool:
        return state.timestamp < datetime.now(UTC) - self._grace
