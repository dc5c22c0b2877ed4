"""The dispatcher: creates runs, resumes decided gates, lets time pass, seals the audit log.

It lives in a thread of every worker process; one of them leads, by an advisory lock on its
listening connection. A gate is finished when ``passed_at`` is written, not when Prefect said yes.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import date
from typing import Final

import httpx
import psycopg
from prefect.exceptions import PrefectHTTPStatusError
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from domain.calendar import BEIJING
from models.failpoints import failpoint
from models.locks import AdvisoryLock
from models.session import GATE_CHANNEL, RUN_CHANNEL, notify, unit_of_work
from models.settings import Settings
from services import audit_chain
from services.audit_heads import anchor_daily, publish_head
from services.bid.unsent import remind_of_unsent
from services.calendar_years import recount_dates
from services.clock import now
from services.conduct import conduct_list, findings
from services.conduct.reminders import remind_of_answers, remind_of_reports
from services.drafts import forget_old_drafts
from services.execution import runs
from services.execution.declared import report_undeclared
from services.execution.jobs import Job, job_ran, report_late_jobs, watch_jobs
from services.file_store import file_store
from services.gates import reminders
from services.identity.erasure_journal import keep_journal
from services.letters import give_up_old
from services.parked_forms import forget_ended_forms
from services.rate_limits import forget_old_tries
from services.register.imports import forget_imports
from services.seal.unlocked_keys import forget_ended_keys
from worker.patience import BackOff, alone
from worker.prefect_api import PrefectApi
from worker.reconciler import Reconciler

log = logging.getLogger("jiebang.dispatcher")

_FIRST_PAUSE: Final = 0.25
_UNDERWAY: Final = 5.0
_BETWEEN_HEADS: Final = 60.0
_AWAY: Final = (psycopg.OperationalError, DBAPIError, httpx.HTTPError, PrefectHTTPStatusError)


class Dispatcher(threading.Thread):
    """Listens and sweeps; ``on_run`` is called when a run may be waiting for a worker."""

    def __init__(self, settings: Settings, on_run: Callable[[], None]) -> None:
        """Prepare; ``start()`` begins to listen."""
        super().__init__(name="dispatcher", daemon=True)
        self._settings, self._on_run = settings, on_run
        self._stopping = threading.Event()
        self._tries = BackOff()
        self._leading = False
        self._day: date | None = None
        self._published = -_BETWEEN_HEADS

    def stop(self) -> None:
        """Stop after the present sweep."""
        self._stopping.set()
        self.join(timeout=10)

    def run(self) -> None:
        """Serve until stopped; whatever is away is tried again."""
        while not self._stopping.is_set():
            try:
                with PrefectApi() as api, self._listen() as connection:
                    self._serve(api, connection)
            except _AWAY as error:
                log.warning("database or Prefect does not answer; retrying in 1 s: %.300s", error)
            except Exception:
                log.exception("dispatcher iteration failed; retrying in 1 s")
            self._leading = False
            self._stopping.wait(1.0)

    def _listen(self) -> psycopg.Connection[tuple[object, ...]]:
        url = make_url(self._settings.database_url).set(drivername="postgresql")
        connection = psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)
        for channel in (GATE_CHANNEL, RUN_CHANNEL):
            connection.execute(f"LISTEN {channel}".encode())
        return connection

    def _serve(self, api: PrefectApi, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        reconciler = Reconciler(self._settings, api)
        reconciled = housekept = 0.0
        while not self._stopping.is_set():
            if not self._leading:
                row = connection.execute(
                    "SELECT pg_try_advisory_lock(%s)", (AdvisoryLock.LEADING.value,)
                ).fetchone()
                self._leading = bool(row and row[0])
                if self._leading:
                    with unit_of_work() as session:
                        watch_jobs(session)
            if self._leading:
                self.sweep(api)
                if time.monotonic() - housekept >= self._settings.sweep_seconds:
                    self.keep_house()
                    housekept = time.monotonic()
                if time.monotonic() - reconciled >= self._settings.reconcile_seconds:
                    reconciler.reconcile()
                    with unit_of_work() as session:
                        job_ran(session, Job.RECONCILE)
                    reconciled = time.monotonic()
            self._hear(connection)

    def _hear(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        """Return when something was notified, or after the pause between sweeps."""
        pause = _FIRST_PAUSE if len(self._tries) else self._settings.sweep_seconds
        channels = {n.channel for n in connection.notifies(timeout=pause, stop_after=1)}
        channels |= {n.channel for n in connection.notifies(timeout=0)}
        if RUN_CHANNEL in channels:
            self._on_run()

    def sweep(self, api: PrefectApi) -> None:
        """Resume the runs of decided gates, create the runs wanted, then let time decide."""
        moved = self._resume(api) + self._create(api)
        if moved:
            with unit_of_work() as session:
                notify(session, RUN_CHANNEL)
        with unit_of_work() as session:
            due = runs.due_gates(session)
        for gate_id in due:
            with alone(f"settling gate {gate_id}"), unit_of_work() as session:
                runs.settle_due_gate(session, gate_id)

    def _resume(self, api: PrefectApi) -> int:
        with unit_of_work() as session:
            waiting = runs.waiting_gates(session)
        self._tries.keep({f"{gate.flow_run_id}:{gate.key}" for gate in waiting})
        room = 2 * self._settings.worker_threads - len(self._tries)
        resumed = 0
        for gate in waiting:
            key = f"{gate.flow_run_id}:{gate.key}"
            if not self._tries.ready(key) or (room <= 0 and key not in self._tries):
                continue
            failpoint("dispatch.resume.before")
            accepted = False
            with alone(f"resuming {gate.key}"):
                accepted = api.resume(gate.flow_run_id)
            failpoint("dispatch.resume.after")
            self._tries.wait(key, _UNDERWAY if accepted else _FIRST_PAUSE)
            room -= 1
            resumed += accepted
        return resumed

    def _create(self, api: PrefectApi) -> int:
        with unit_of_work() as session:
            orders = runs.run_orders(session)
        created = 0
        for order in orders:
            with alone(f"creating the run of {order.name}"):
                failpoint("dispatch.create.before")
                flow_run_id = api.create_run(order)
                failpoint("dispatch.create.after")
                with unit_of_work() as session:
                    created += runs.run_created(session, order, flow_run_id)
        return created

    def keep_house(self) -> None:
        """Remind people, begin the day, remove old rows, and seal and publish the audit log."""
        with unit_of_work() as session:
            reminders.remind(session)
            remind_of_answers(session)
            remind_of_unsent(session)
        self._begin_day()
        with unit_of_work() as session:
            audit_chain.seal(session)
        with unit_of_work() as session:
            forget_old_tries(session)
        with unit_of_work() as session:
            forget_ended_forms(session)
            forget_ended_keys(session)
        with unit_of_work() as session:
            give_up_old(session)
            job_ran(session, Job.HOUSEKEEPING)
        if time.monotonic() - self._published >= _BETWEEN_HEADS:
            # A full disk or a copy that cannot be written stops nothing else; the job is late then.
            with alone("publishing the head of the audit chain"), unit_of_work() as session:
                if publish_head(session, file_store(), self._settings.audit_copy_dir):
                    job_ran(session, Job.HEADS)
            with alone("keeping the journal of erasures"), unit_of_work() as session:
                keep_journal(session, self._settings)
            self._published = time.monotonic()
        with unit_of_work() as session:
            report_late_jobs(session)

    def _begin_day(self) -> None:
        """Do the daily work once a day: late milestones, last month's list, anchoring, recounts."""
        with unit_of_work() as session:
            today = now(session).astimezone(BEIJING).date()
        if today == self._day:
            return
        late = 1
        while late:
            with unit_of_work() as session:
                late = findings.find_late_milestones(session, most=1)
        with unit_of_work() as session:
            remind_of_reports(session)
        with unit_of_work() as session:
            conduct_list.begin_due_list(session)
        with alone("anchoring the head of the audit chain"), unit_of_work() as session:
            anchor_daily(session, file_store(), self._settings.audit_tsa_url)
        with unit_of_work() as session:
            recount_dates(session)
            report_undeclared(session)
            forget_old_drafts(session)
            forget_imports(session)
            job_ran(session, Job.DAILY)
        self._day = today
