"""The PostgreSQL of the tests: one server for all workers, and templates that are made once."""

import fcntl
import os
import pickle
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final, TypeVar

import psutil
import psycopg
import pytest

from models.session import dispose
from worker.postgres import EmbeddedPostgres, server_binary
from worker.supervisor import Part, Supervisor

T = TypeVar("T")
# Nothing here outlives the tests, and several workers copy databases at once.
SETTINGS: Final = (
    *("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"),
    *("-c", "max_connections=400", "-c", "autovacuum=off"),
)


# Where a copy of a database takes a twentieth of the time that it takes on a disk, and the room it needs.
_IN_MEMORY: Final = Path("/dev/shm")
_ROOM: Final = 6 * 2**30


@contextmanager
def quick_folder() -> Iterator[Path]:
    """Make a folder while the block runs, in memory where there is room."""
    roomy = (
        _IN_MEMORY.is_dir()
        and min(shutil.disk_usage(_IN_MEMORY).free, psutil.virtual_memory().available) > _ROOM
    )
    with tempfile.TemporaryDirectory(
        prefix="jiebang-tests-", dir=_IN_MEMORY if roomy else None
    ) as folder:
        yield Path(folder)


class Cluster:
    """Databases are made from templates, and dropped again."""

    def __init__(self, folder: Path, worker: str = "") -> None:
        self.folder = folder
        self.server = EmbeddedPostgres.under(folder)
        self._worker = worker
        self._names: list[str] = []
        self._numbers = count()

    @contextmanager
    def once(self, name: str) -> Iterator[bool]:
        """Let one worker at a time enter; tell it whether nobody has come to the end before."""
        done = self.folder / f"{name}.done"
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield not done.exists()
            done.touch()

    def template(self, name: str, make: Callable[[], T], *, of: str | None = None) -> T:
        """Return what ``make`` returned when it made this template, once for all workers.

        ``make`` finds the new database, empty or a copy ``of`` another template, in its environment.
        """
        note = self.folder / f"{name}.pickle"
        with self.once(name) as first:
            if first:
                self.drop(name)
                with pointing_to(self.create(name, of)):
                    note.write_bytes(pickle.dumps(make()))
        made: T = pickle.loads(note.read_bytes())
        return made

    @contextmanager
    def copy(self, template: str) -> Iterator[str]:
        """Copy a template while the block runs; yield the copy's URL.

        A name is used again once its copy is dropped, so its engine and compiled statements are, too.
        """
        name = self._names.pop() if self._names else f"copy{self._worker}{next(self._numbers)}"
        try:
            yield self.create(name, template)
        finally:
            self.drop(name)
            self._names.append(name)

    def sql(self, statement: str) -> None:
        """Execute one statement outside a transaction."""
        with psycopg.connect(
            host=str(self.server.socket), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement.encode())

    def create(self, name: str, template: str | None = None) -> str:
        """Create a database and return its URL."""
        clause = f' TEMPLATE "{template}"' if template else ""
        self.sql(f'CREATE DATABASE "{name}"{clause}')
        return self.server.url(name)

    def drop(self, name: str) -> None:
        """Drop a database, if there is one of this name."""
        dispose(self.server.url(name))
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def postgres_under(folder: Path, *settings: str) -> Iterator[EmbeddedPostgres]:
    """Run the embedded PostgreSQL of a data directory while the block runs."""
    server = EmbeddedPostgres.under(folder)
    server.prepare()
    supervisor = Supervisor(folder)
    part = Part(
        "postgres",
        [*server.command(), *settings],
        server.ready,
        user=server.user,
        stop_signal=signal.SIGINT,
    )
    try:
        supervisor.start(part)
        yield server
    finally:
        supervisor.stop()
        shutil.rmtree(server.socket, ignore_errors=True)


def tool(server: EmbeddedPostgres, name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs on a server."""
    at = ("-h", str(server.socket), "-U", "postgres")
    subprocess.run(
        [str(server_binary().with_name(name)), *at, *arguments], check=True, capture_output=True
    )


@contextmanager
def pointing_to(url: str) -> Iterator[None]:
    """Let the environment name a database for a while, then let go of it."""
    before = os.environ.get("JIEBANG_DATABASE_URL")
    os.environ["JIEBANG_DATABASE_URL"] = url
    try:
        yield
    finally:
        dispose(url)
        os.environ.pop("JIEBANG_DATABASE_URL")
        if before is not None:
            os.environ["JIEBANG_DATABASE_URL"] = before


def copied(
    cluster: Cluster, template: str, monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> Iterator[str]:
    """Copy a template and let the environment point to the copy."""
    with cluster.copy(template) as url:
        monkeypatch.setenv("JIEBANG_DATABASE_URL", url)
        monkeypatch.setenv("JIEBANG_DATA_DIR", str(data_dir))
        yield url
