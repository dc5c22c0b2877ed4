"""What tests start from: one PostgreSQL, one district, one finished demo round.

A test gets a database of its own, copied from a template.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import migrations
from demo.people import seed_people
from models.session import unit_of_work
from services.district.reference import seed_reference
from services.processes import install_processes
from tests.cluster import SETTINGS, Cluster, copied, postgres_under, quick_folder, tool
from tests.patience import PATIENCE
from tests.shell import ROOT, make, outside

pytest_plugins = ("tests.side_by_side",)
install_processes()


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """The server that all workers share; without workers, one of its own."""
    told: dict[str, str] = getattr(request.config, "workerinput", {})
    with pytest.MonkeyPatch.context() as patch, ExitStack() as running:
        folder = Path(told["shared"]) if told else running.enter_context(quick_folder())
        if not told:
            running.enter_context(postgres_under(folder, *SETTINGS))
        # What a template's rows name lies where every worker finds it.
        patch.setenv("JIEBANG_DATA_DIR", str(folder / "data"))
        yield Cluster(folder, told.get("workerid", ""))


def seed() -> None:
    """Make all tables, with the reference data and the demo's people."""
    migrations.upgrade(os.environ["JIEBANG_DATABASE_URL"])
    with unit_of_work() as session:
        seed_reference(session, demo=True)
        seed_people(session, random.Random(7))


@pytest.fixture(scope="session")
def seeded(cluster: Cluster) -> str:
    """A template with all tables, the reference data and the demo's people."""
    cluster.template("seeded", seed)
    return "seeded"


@pytest.fixture
def database(
    cluster: Cluster, seeded: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[str]:
    """A database of its own with reference data; JIEBANG_DATABASE_URL points to it."""
    yield from copied(cluster, seeded, monkeypatch, tmp_path)


class Demo(NamedTuple):
    """A finished demo round: its data directory, its summary, its database."""

    data_dir: Path
    summary: dict[str, Any]
    template: str

    def lay_files(self, data_dir: Path) -> None:
        """Lay the files that the round's rows name into a data directory of the test's own."""
        for name in ("uploads", "reports"):
            (data_dir / name).symlink_to(self.data_dir / name)


@pytest.fixture(scope="session")
def installed(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of nothing but the wheel and what it needs; made once for all workers."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    venv, dist = shared / "installed", shared / "dist"
    with cluster.once("installed") as first:
        if first:
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
            _share_bytecode(venv)
            (venv / ".ready").touch()
    return venv


def _share_bytecode(venv: Path) -> None:
    """Lay the bytecode of this environment beside the same sources in another: none is made twice."""
    here = Path(sysconfig.get_path("purelib"))
    there = venv / here.relative_to(sys.prefix)
    for kept in here.rglob("__pycache__"):
        beside = there / kept.parent.relative_to(here)
        if beside.is_dir():
            shutil.copytree(kept, beside / kept.name, dirs_exist_ok=True)


@pytest.fixture(scope="session")
def demo(cluster: Cluster, installed: Path) -> Demo:
    """The demo as the README has it, from the wheel, on the embedded default; its database is copied."""

    def play() -> Demo:
        folder = cluster.folder / "demo"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
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
            output, _ = process.communicate(timeout=3 * PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            output, _ = process.communicate()
        assert process.returncode == 0, output
        dump = folder / "round.dump"
        with postgres_under(data_dir) as server:
            tool(server, "pg_dump", "--format=custom", f"--file={dump}", "jiebang")
        tool(cluster.server, "pg_restore", "--no-owner", "--dbname=round", str(dump))
        summary = json.loads((data_dir / "demo" / "summary.json").read_text())
        return Demo(data_dir, summary, "round")

    return cluster.template("round", play)


@pytest.fixture(scope="session")
def _round_to_read(cluster: Cluster, demo: Demo) -> Iterator[str]:
    with cluster.copy(demo.template) as url:
        yield url


@pytest.fixture
def round_only_read(_round_to_read: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The finished round in a database of the worker's, for tests that only read."""
    monkeypatch.setenv("JIEBANG_DATABASE_URL", _round_to_read)
    monkeypatch.setenv("JIEBANG_DATA_DIR", str(tmp_path))
    return _round_to_read


@pytest.fixture
def finished(
    cluster: Cluster, demo: Demo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[str]:
    """A copy of the finished demo round's database."""
    yield from copied(cluster, demo.template, monkeypatch, tmp_path)
