"""A process that has loaded a worker's libraries once and forks workers from itself.

Tests kill the worker dozens of times; forked, it is back at once instead of after ten seconds
of imports. A worker is otherwise what it is in service: a process of its own, with the command,
the environment and the log that the supervisor gives it.
"""

import contextlib
import gc
import json
import os
import runpy
import signal
import subprocess
import sys
import threading
from importlib import import_module
from typing import IO

import psutil

from worker.supervisor import ChildProcess, Part

LOADED = (
    "prefect.cli.worker",
    "worker.warm",
    "flows.project_lifecycle",
    "great_expectations",
)


class Forked:
    """A worker that a nursery has forked; how it ended only its log says."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._process: psutil.Process | None = None
        with contextlib.suppress(psutil.NoSuchProcess):
            self._process = psutil.Process(pid)

    def poll(self) -> int | None:
        """Return None while it runs."""
        return None if self._process and self._process.is_running() else 0

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; raise subprocess.TimeoutExpired as Popen does."""
        if self._process:
            try:
                self._process.wait(timeout)
            except psutil.TimeoutExpired as late:
                raise subprocess.TimeoutExpired("worker", late.seconds) from late
        return 0

    def send_signal(self, sig: int) -> None:
        """Send a signal, unless it has ended."""
        if self._process:
            with contextlib.suppress(psutil.NoSuchProcess):
                self._process.send_signal(sig)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


class Nursery:
    """The parent of a stack's workers; started with the first, so that it knows the stack."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._asking = threading.Lock()

    def launch(self, part: Part, log: IO[bytes]) -> ChildProcess:
        """Fork the worker that ``part`` describes."""
        with self._asking:
            return self._ask(part, log)

    def _ask(self, part: Part, log: IO[bytes]) -> ChildProcess:
        environment = {**os.environ, **part.environment}
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.stack.nursery"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
                start_new_session=True,
                umask=0o077,
            )
        asked = {"arguments": part.command[2:], "environment": environment, "log": log.name}
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        self._process.stdin.flush()
        return Forked(int(self._process.stdout.readline()))

    def close(self) -> None:
        """End the nursery; its workers are stopped by their supervisor."""
        if self._process:
            self._process.communicate()


def _become(asked: dict[str, object], inside: dict[str, str]) -> None:
    """Turn this forked process into the worker that was asked for."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(str(asked["log"]), os.O_WRONLY | os.O_APPEND)
    for number, opened in enumerate((nothing, log, log)):
        os.dup2(opened, number)
    os.environ.clear()
    os.environ.update(inside)


def _serve() -> None:
    """Load everything a worker loads, then fork one for each line that asks for it."""
    for name in LOADED:
        import_module(name)
    gc.freeze()
    # A worker that ends leaves nothing behind to be waited for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(asked, asked["environment"])
            # As ``python -m prefect worker start …`` does.
            sys.argv = asked["arguments"]
            runpy.run_module("prefect", run_name="__main__", alter_sys=True)
            sys.exit()
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
