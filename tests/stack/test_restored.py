"""Everything is lost but a backup and its keys: the platform comes back, and runs go on."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from models import Project
from tests.patience import PATIENCE, until
from tests.shell import outside
from tests.stack.conftest import Rig
from worker.addresses import addresses_file

pytestmark = pytest.mark.stack
SHORT = {"JIEBANG_RECONCILE_SECONDS": "1", "JIEBANG_GRACE_SECONDS": "1"}


@dataclass
class Restored:
    """A stack that was restored from a backup, run by the installed wheel in a folder of its own."""

    jiebang: Path
    folder: Path
    project: Project
    process: subprocess.Popen[bytes] | None = None

    @property
    def data_dir(self) -> Path:
        return self.folder / "var"

    def run(self, *arguments: str, data_dir: Path | None = None) -> Any:
        """Return what a command prints as JSON."""
        done = subprocess.run(
            [str(self.jiebang), *arguments, "--json", "--data-dir", str(data_dir or self.data_dir)],
            cwd=self.folder,
            env=outside(source=False),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def up(self) -> None:
        self.process = subprocess.Popen(
            [str(self.jiebang), "up", "--data-dir", str(self.data_dir)],
            cwd=self.folder,
            env=outside(source=False) | SHORT,
            stdout=subprocess.DEVNULL,
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
        )
        until(addresses_file(self.data_dir).exists, "the restored stack to be ready")


@pytest.fixture(scope="module")
def restored(
    rig: Rig, installed: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Restored]:
    """A stack with one project at a gate, backed up while it runs, destroyed and restored."""
    folder = tmp_path_factory.mktemp("restored")
    project = rig.project("灾后恢复", 50)
    rig.lead_to(project, "evaluate", "approval")
    stack = Restored(installed / "bin" / "jiebang", folder, project)
    backup, keys = str(folder / "backup"), str(folder / "keys")
    made = stack.run("backup", backup, "--keys", keys, data_dir=rig.data_dir)
    assert made["keys"]
    assert rig.waiting(project.id)
    back = stack.run("restore", backup, "--keys", keys)
    assert (back["problems"], back["audit_entries"] > 0) == ([], True)
    shutil.rmtree(backup)
    try:
        stack.up()
        yield stack
    finally:
        if stack.process and stack.process.poll() is None:
            stack.process.send_signal(signal.SIGINT)
            stack.process.communicate(timeout=PATIENCE)


def test_a_destroyed_platform_goes_on_from_its_backup(restored: Restored) -> None:
    project = restored.project
    gate = f"{project.code}/evaluate-approval-r1"
    for login in (f"street-{project.street_code}-1", "expert-3"):
        restored.run("gates", "decide", gate, "approve", "--as", login)
    assert restored.run("gates", "show", gate)["outcome"] == "approved"

    def stands() -> Any:
        return restored.run("projects", "show", project.code)

    # Prefect knew nothing of it: the run is made anew, and goes on where it waited.
    until(lambda: bool(stands()["status"] == "publishing"), "the restored run to go on")
    assert stands()["generation"] == 2
    assert restored.run("audit", "verify")["ok"]


def test_the_end_of_the_terminal_leaves_no_orphans(restored: Restored) -> None:
    assert restored.process
    children = psutil.Process(restored.process.pid).children(recursive=True)
    assert len(children) >= 4
    os.kill(restored.process.pid, signal.SIGHUP)
    restored.process.wait(timeout=PATIENCE)
    _, alive = psutil.wait_procs(children, timeout=PATIENCE)
    assert alive == []
    assert not list((restored.data_dir / "run").glob("*.pid"))
