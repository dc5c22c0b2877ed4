"""The embedded stack of one data directory: PostgreSQL, Prefect server, warm worker, web."""

import fcntl
import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Final
from urllib.parse import urlsplit

import httpx

import migrations
from domain.errors import BadInput
from models.keyring import private, write_private
from models.session import dispose, unit_of_work
from models.settings import settings
from services.authorities import authorities
from services.district.reference import seed_reference
from services.file_store import require_reachable_store
from worker.addresses import (
    LOOPBACK,
    Addresses,
    addresses_file,
    answers,
    free_port,
    prefect_password,
)
from worker.ending import ending_on_sigterm
from worker.postgres import EmbeddedPostgres
from worker.supervisor import Launch, Part, Supervisor, launch

_PORT: Final = 4200
# In a data directory while it is restored.
RESTORING: Final = "restoring"
_WEB_PORT: Final = 8000
# A connection beyond the pool is opened for one question and closed; a task run or an event is
# written in a transaction of its own. Together that was a quarter of the server's work.
_ECONOMY: Final = {
    "PREFECT_SERVER_DATABASE_SQLALCHEMY_POOL_SIZE": "15",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "20",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "100",
}


class Stack:
    """A running stack; ``start`` starts parts in order, ``stop`` stops them in reverse."""

    def __init__(
        self,
        data_dir: Path,
        *,
        environment: Mapping[str, str] | None = None,
        longest_pause: float = 30.0,
        launch_worker: Launch = launch,
    ) -> None:
        """Claim ``data_dir``; raise BadInput when another stack has it."""
        self.data_dir = data_dir.resolve()
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._environment = dict(environment or {})
        self._launch_worker = launch_worker
        self._outside: dict[str, str | None] = {}
        self._lock = claim(self.data_dir)
        self._reserved: list[IO[str]] = []
        self.supervisor = Supervisor(self.data_dir, longest_pause=longest_pause)
        self.postgres = EmbeddedPostgres.under(self.data_dir)
        self.addresses = Addresses("", "")

    def _require_restored(self) -> None:
        """Raise BadInput where a restore has ended half done: erased people may be back."""
        if (self.data_dir / RESTORING).exists():
            raise BadInput(
                zh=f"{self.data_dir} 的恢复没有完成，请删除这个目录后重新恢复。",
                en=f"The restore into {self.data_dir} did not end; delete the folder and restore again.",
            )

    def start(self, *, demo: bool = False, workers: int = 1, web: bool = False) -> Addresses:
        """Start everything that is not given by the environment and wait until it is healthy."""
        self._require_restored()
        require_reachable_store()
        database_url = os.environ.get("JIEBANG_DATABASE_URL", "")
        api_url = os.environ.get("PREFECT_API_URL", "")
        if not (database_url and api_url):
            self._start_postgres()
        self.addresses = Addresses(
            database_url or self.postgres.url("jiebang"), api_url, files_url=settings().files_url
        )
        self._export(self.addresses.as_environment())
        # Before the migrations: they make keys, and digest under them, in this directory.
        self._export({"JIEBANG_DATA_DIR": str(self.data_dir)})
        from services.execution.declared import require_declared
        from services.processes import install_processes

        install_processes()
        with unit_of_work() as session:
            # Before the tables change: the version that knows them can still be started.
            require_declared(session)
        migrations.upgrade(self.addresses.database_url)
        with unit_of_work() as session:
            seed_reference(session, demo=demo)
        if not api_url:
            self._export({"PREFECT_API_AUTH_STRING": prefect_password()})
            self._start_server()
        if web:
            # Known before the workers start: what they show and send leads there.
            self.addresses = replace(
                self.addresses, web_url=f"http://{LOOPBACK}:{self._port(_WEB_PORT)}"
            )
        self._export(self.environment())
        self._set_up_prefect()
        parts = [self._worker(number) for number in range(1, workers + 1)]
        self.supervisor.start(*parts, *([self._web()] if web else []))
        self._write_addresses()
        self.supervisor.watch()
        return self.addresses

    def _start_postgres(self) -> None:
        self.postgres.prepare()
        self.supervisor.start(
            Part(
                "postgres",
                self.postgres.command(),
                self.postgres.ready,
                user=self.postgres.user,
                stop_signal=signal.SIGINT,
            )
        )

    def _port(self, wanted: int) -> int:
        """Return ``wanted`` if it is free and no other stack is about to take it, or another."""
        try:
            self._reserved.append(locked(Path(tempfile.gettempdir()) / f"jiebang-{wanted}.lock"))
        except OSError:
            return free_port(0)
        return free_port(wanted)

    def _start_server(self) -> None:
        port = self._port(_PORT)
        self.addresses = replace(self.addresses, api_url=f"http://{LOOPBACK}:{port}/api")
        self.supervisor.start(
            Part(
                "prefect-server",
                [
                    *(sys.executable, "-m", "uvicorn", "--factory"),
                    "worker.prefect_server:create_app",
                    *("--host", LOOPBACK, "--port", str(port)),
                    *("--timeout-keep-alive", "30", "--log-level", "info"),
                ],
                lambda: answers(f"{self.addresses.api_url}/health"),
                self.environment()
                | {
                    "PREFECT_SERVER_API_AUTH_STRING": prefect_password(),
                    "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": self.addresses.ui_url,
                    "PREFECT_API_DATABASE_CONNECTION_URL": self.postgres.url("prefect", "asyncpg"),
                    "PREFECT_SERVER_API_HOST": LOOPBACK,
                    "PREFECT_SERVER_API_PORT": str(port),
                    **{name: os.environ.get(name, value) for name, value in _ECONOMY.items()},
                },
                alive=self._prefect_works,
            )
        )

    def _prefect_works(self) -> bool:
        """Tell whether Prefect's server reads its database; make the database where it is gone."""
        auth = httpx.BasicAuth(*prefect_password().split(":", 1))
        try:
            url = f"{self.addresses.api_url}/work_pools/filter"
            if httpx.post(
                url, json={"limit": 1}, auth=auth, timeout=5, verify=authorities()
            ).is_success:
                return True
        except httpx.HTTPError:
            pass
        self.postgres.ready()
        return False

    def _web(self) -> Part:
        port = urlsplit(self.addresses.web_url).port
        return Part(
            "web",
            [
                *(sys.executable, "-m", "uvicorn", "--factory", "api.main:create_app"),
                *("--host", LOOPBACK, "--port", str(port), "--log-level", "info"),
                *("--timeout-graceful-shutdown", "10", "--no-server-header"),
                # An access log would keep the tokens of invitations and of residents' sheets.
                "--no-access-log",
                # What a stranger says of its own address counts nothing.
                *_proxies(settings().trusted_proxies),
            ],
            lambda: answers(f"{self.addresses.web_url}/healthz"),
            self.environment(),
        )

    def _set_up_prefect(self) -> None:
        from worker.deployments import deploy_all

        deploy_all(self.addresses.api_url)

    def start_worker(self, number: int = 1, environment: Mapping[str, str] | None = None) -> None:
        """Start one warm worker more."""
        self.supervisor.start(self._worker(number, environment))

    def _worker(self, number: int, environment: Mapping[str, str] | None = None) -> Part:
        """Return a warm worker, started the way ``prefect worker start`` does."""
        name = f"worker-{number}"
        given = self.environment() | dict(environment or {})
        ready = Path(given["JIEBANG_DATA_DIR"]) / "run" / f"{name}.ready"
        return Part(
            name,
            [
                *(sys.executable, "-m", "prefect", "worker", "start"),
                *("--type", "jiebang-warm", "--pool", settings().work_pool, "--name", name),
            ],
            lambda: self._is_ready(name, ready),
            given,
            launch=self._launch_worker,
        )

    def replace_worker(self, number: int, environment: Mapping[str, str]) -> None:
        """Stop one worker, which drains, and start it again with another environment."""
        self.supervisor.stop_one(f"worker-{number}")
        self.start_worker(number, environment)

    def _is_ready(self, name: str, ready: Path) -> bool:
        try:
            return int(ready.read_text()) == self.supervisor.pid_of(name)
        except (OSError, ValueError):
            return False

    def environment(self) -> dict[str, str]:
        """Return what every child of the stack, and this process, should know."""
        return {
            **self.addresses.as_environment(),
            "JIEBANG_WEB_URL": self.addresses.web_url,
            "JIEBANG_DATA_DIR": str(self.data_dir),
            "PREFECT_API_AUTH_STRING": os.environ.get("PREFECT_API_AUTH_STRING", ""),
            "PREFECT_HOME": str(self.data_dir / "prefect"),
            "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_WORKER_QUERY_SECONDS": "5",
            "PREFECT_WORKER_PREFETCH_SECONDS": "1",
            "PREFECT_LOGGING_COLORS": "false",
            "DO_NOT_TRACK": "1",
            **self._environment,
        }

    def _write_addresses(self) -> None:
        path = addresses_file(self.data_dir)
        write_private(path, json.dumps(self.addresses.__dict__))

    def stop(self) -> None:
        """Stop everything that this stack has started."""
        try:
            if self.addresses.database_url:
                dispose(self.addresses.database_url)
        finally:
            self.supervisor.stop()
            addresses_file(self.data_dir).unlink(missing_ok=True)
            self._withdraw()
            for lock in (self._lock, *self._reserved):
                lock.close()

    def _export(self, values: Mapping[str, str]) -> None:
        """Let this process use the stack until it stops."""
        for name, value in values.items():
            self._outside.setdefault(name, os.environ.get(name))
            os.environ[name] = value

    def _withdraw(self) -> None:
        for name, value in self._outside.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def running_stack(
    data_dir: Path,
    *,
    demo: bool = False,
    workers: int = 1,
    web: bool = False,
    environment: Mapping[str, str] | None = None,
    longest_pause: float = 30.0,
    launch_worker: Launch = launch,
) -> Iterator[Stack]:
    """Run a stack while the block runs; asked to end by SIGTERM, it stops what it has started."""
    stack = Stack(
        data_dir,
        environment=environment,
        longest_pause=longest_pause,
        launch_worker=launch_worker,
    )
    with ending_on_sigterm(stack.stop):
        stack.start(demo=demo, workers=workers, web=web)
        yield stack


def _proxies(trusted: str) -> list[str]:
    """Return how the web is told whose word on addresses counts: nobody's, or these proxies'."""
    addresses = ",".join(trusted.replace(",", " ").split())
    if not addresses:
        return ["--no-proxy-headers"]
    return ["--proxy-headers", "--forwarded-allow-ips", addresses]


def claim(data_dir: Path) -> IO[str]:
    """Return the lock of ``data_dir``, held until it is closed; raise BadInput if a stack has it."""
    path = data_dir / "run" / "stack.lock"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        return locked(path)
    except OSError:
        raise BadInput(
            zh=f"数据目录 {data_dir} 已有一套服务在运行；请先用 Ctrl-C 停止它，或另选 --data-dir。",
            en=f"A stack is already running on {data_dir}; stop it with Ctrl-C, or choose another --data-dir.",
        ) from None


def _no_link(path: str, flags: int) -> int:
    return private(path, flags | os.O_NOFOLLOW)


def locked(path: Path) -> IO[str]:
    """Return ``path`` opened and locked until it is closed; raise OSError if somebody has it."""
    lock = open(path, "a", opener=_no_link)  # noqa: SIM115
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise
    return lock
