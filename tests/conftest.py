"""Shared stages of the tests: one PostgreSQL, one finished demo round, one running stack.

A test gets a database of its own, copied from a template in a tenth of a second.
"""

import fcntl
import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from schemathesis.pytest.plugin import SchemathesisFunction
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

import migrations
from demo.people import seed_people
from models.session import dispose, unit_of_work
from services.district.reference import seed_reference
from services.processes import install_processes
from worker.postgres import EmbeddedPostgres, server_binary
from worker.supervisor import Part, Supervisor

ROOT = Path(__file__).parents[1]
install_processes()
# What one make tells another that it starts.
OF_MAKE = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")
JIEBANG = [sys.executable, "-c", "from cli import main; main()"]


# What is run together, the longest first: what needs the running stack, the web, a finished round,
# and a database alone. Each is started once, by whoever runs its tests.
SCOPES = ("stack", "web", "round", "database")


def scope_of(nodeid: str) -> str:
    """Return with which tests a test is run: the public pages show the finished round."""
    folder = nodeid.split("/")[1]
    if "test_public_pages.py" in nodeid or folder not in SCOPES:
        return "round"
    return folder


class SideBySide(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a scope to whoever is free, in the order of ``SCOPES``."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SideBySide:
    config.option.loadscopereorder = False
    return SideBySide(config, log)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Name an operation of the API in the id of its fuzz test, as its author meant to.

    Schemathesis 4.32 puts it into the name, from which pytest 9.2 makes no id any more.
    """
    if isinstance(item, SchemathesisFunction) and item.operation_label and item.parent:
        item._id = item.parent.id.child(item.originalname).with_params(item.operation_label)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put scopes in their order; refuse tests that share an id, of which xdist would run one."""
    items.sort(key=lambda item: SCOPES.index(scope_of(item.nodeid)))
    times = Counter(item.nodeid for item in items)
    shared = sorted(name for name, found in times.items() if found > 1)
    if shared:
        raise pytest.UsageError("Several tests share one id: " + ", ".join(shared))


def outside(*, source: bool = True) -> dict[str, str]:
    """Return the environment of a person's shell: nothing of a stack that tests are running.

    Without ``source`` the shell knows nothing of the source tree either, nor of a running make.
    """
    ours = ("JIEBANG_", "PREFECT_")
    shell = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    if source:
        return shell | {"PYTHONPATH": str(ROOT)}
    return {name: value for name, value in shell.items() if name not in (*OF_MAKE, "PYTHONPATH")}


class Cluster:
    """The tests' PostgreSQL: databases are made from templates and dropped again."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self.server = server
        self._names: list[str] = []
        self._numbers = count()

    @contextmanager
    def copy(self, template: str) -> Iterator[str]:
        """Copy a template while the block runs; yield the copy's URL.

        A name is used again once its copy is dropped, so its engine and compiled statements are, too.
        """
        name = self._names.pop() if self._names else f"copy{next(self._numbers)}"
        yield self.create(name, template)
        self.drop(name)
        self._names.append(name)

    def sql(self, statement: str) -> None:
        with psycopg.connect(
            host=str(self.server.socket), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement.encode())

    def create(self, name: str, template: str | None = None) -> str:
        clause = f' TEMPLATE "{template}"' if template else ""
        self.sql(f'CREATE DATABASE "{name}"{clause}')
        return self.server.url(name)

    def drop(self, name: str) -> None:
        dispose(self.server.url(name))
        self.sql(f'DROP DATABASE "{name}" WITH (FORCE)')


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


def tool(server: EmbeddedPostgres, name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs on a server."""
    at = ("-h", str(server.socket), "-U", "postgres")
    subprocess.run(
        [str(server_binary().with_name(name)), *at, *arguments], check=True, capture_output=True
    )


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with postgres_under(tmp_path_factory.mktemp("cluster"), "-c", "fsync=off") as server:
        yield Cluster(server)


@pytest.fixture(scope="session")
def seeded(cluster: Cluster) -> str:
    """A template with all tables, the reference data and the demo's people."""
    url = cluster.create("seeded")
    migrations.upgrade(url)
    with pointing_to(url), unit_of_work() as session:
        seed_reference(session, demo=True)
        seed_people(session, random.Random(7))
    return "seeded"


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


@pytest.fixture
def database(
    cluster: Cluster, seeded: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[str]:
    """A database of its own with reference data; JIEBANG_DATABASE_URL points to it."""
    yield from copied(cluster, seeded, monkeypatch, tmp_path)


class Demo:
    """A finished demo round: its data directory, its summary, its database."""

    def __init__(self, data_dir: Path, summary: dict[str, Any], template: str) -> None:
        self.data_dir, self.summary, self.template = data_dir, summary, template

    def lay_files(self, data_dir: Path) -> None:
        """Lay the files that the round's rows name into a data directory of the test's own."""
        for name in ("uploads", "reports"):
            (data_dir / name).symlink_to(self.data_dir / name)


def make(venv: Path, *arguments: str) -> list[str]:
    """Return a call of the Makefile from anywhere, with an environment that is set up already."""
    return [
        "make",
        "-f",
        str(ROOT / "Makefile"),
        "-o",
        f"{venv}/.ready",
        f"VENV={venv}",
        *arguments,
    ]


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of nothing but the wheel and what it needs; made once for all workers."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    venv, dist = shared / "installed", shared / "dist"
    with (shared / "installed.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (venv / ".ready").exists():
            uv = [sys.executable, "-m", "uv"]
            built = make(Path(sys.prefix), "wheel", f"DIST={dist}")
            empty = [*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(venv)]
            for command in (empty, built):
                subprocess.run(command, cwd=ROOT, env=outside(source=False), check=True)
            (wheel,) = dist.glob("*.whl")
            python = ["--python", str(venv / "bin" / "python")]
            pinned = ["--constraint", str(ROOT / "requirements.lock")]
            subprocess.run(
                [*uv, "pip", "install", "--quiet", *python, *pinned, str(wheel)], check=True
            )
            (venv / ".ready").touch()
    return venv


@pytest.fixture(scope="session")
def demo(cluster: Cluster, installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo as the README has it, from the wheel, on the embedded default; its database is copied."""
    folder = tmp_path_factory.mktemp("demo")
    data_dir = folder / "var"
    process = subprocess.Popen(
        make(installed, "demo"),
        cwd=folder,
        env=outside(source=False),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=500)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)
        output, _ = process.communicate()
    assert process.returncode == 0, output
    dump = data_dir.with_name("round.dump")
    with postgres_under(data_dir) as server:
        tool(server, "pg_dump", "--format=custom", f"--file={dump}", "jiebang")
    cluster.create("round")
    tool(cluster.server, "pg_restore", "--no-owner", "--dbname=round", str(dump))
    summary = json.loads((data_dir / "demo" / "summary.json").read_text())
    return Demo(data_dir, summary, "round")


@pytest.fixture
def round_only_read(
    cluster: Cluster, demo: Demo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[str]:
    """The finished round itself, for tests that only read."""
    url = cluster.server.url(demo.template)
    monkeypatch.setenv("JIEBANG_DATABASE_URL", url)
    monkeypatch.setenv("JIEBANG_DATA_DIR", str(tmp_path))
    yield url
    dispose(url)


@pytest.fixture
def finished(
    cluster: Cluster, demo: Demo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[str]:
    """A copy of the finished demo round's database."""
    yield from copied(cluster, demo.template, monkeypatch, tmp_path)
