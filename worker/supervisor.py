"""Keep child processes running: started in order, restarted when they die, stopped in reverse.

Every child is known by its own process id and start time, so nothing else is ever stopped.
"""

import contextlib
import os
import pwd
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

import psutil

from domain.errors import StackUnavailable
from models.keyring import private, write_private
from worker.patience import alone

_LONGEST_PAUSE = 30.0
_CALM = 60.0
_TICK = 0.05
_LOOK = 5.0
_DEAF = 3


class ChildProcess(Protocol):
    """What a supervisor asks of a process it has started."""

    @property
    def pid(self) -> int:
        """Its process id."""

    def poll(self) -> int | None:
        """Return None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; raise subprocess.TimeoutExpired after ``timeout`` seconds."""

    def send_signal(self, sig: int) -> None:
        """Send a signal, unless it has ended."""

    def kill(self) -> None:
        """End it at once."""


def launch(part: "Part", log: IO[bytes]) -> ChildProcess:
    """Start the part's command as a process that leads a session of its own."""
    group = pwd.getpwnam(part.user).pw_gid if part.user else None
    return subprocess.Popen(
        part.command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env={**os.environ, **part.environment},
        user=part.user,
        group=group,
        extra_groups=None if group is None else [],
        cwd="/" if part.user else None,
        # What a child writes is for nobody but the platform's user.
        umask=0o077,
        start_new_session=True,
    )


@dataclass(frozen=True)
class Part:
    """One child: its command, when it counts as healthy, and how it is asked to stop."""

    name: str
    command: list[str]
    ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    stop_signal: int = signal.SIGTERM
    start_seconds: float = 90.0
    stop_seconds: float = 30.0
    launch: "Launch" = launch
    alive: Callable[[], bool] | None = None
    """Asked now and then of a running child; one that says no several times is restarted."""


Launch = Callable[[Part, IO[bytes]], ChildProcess]


class _Child:
    def __init__(self, part: Part, run: Path, log: Path) -> None:
        self.part, self.pid_file, self.log = part, run / f"{part.name}.pid", log
        self.process: ChildProcess | None = None
        self.failures, self.started, self.next_try = 0, 0.0, 0.0
        self.deaf, self.next_look = 0, 0.0

    def stop_leftover(self) -> None:
        """Stop what an earlier supervisor, killed itself, has left running."""
        try:
            pid, born = self.pid_file.read_text().split()
            process = psutil.Process(int(pid))
            if abs(process.create_time() - float(born)) > 1:
                return
        except (OSError, ValueError, psutil.NoSuchProcess):
            return
        process.send_signal(self.part.stop_signal)
        try:
            process.wait(self.part.stop_seconds)
        except psutil.TimeoutExpired:
            process.kill()

    def spawn(self) -> None:
        with open(self.log, "ab", opener=private) as log:
            self.process = self.part.launch(self.part, log)
        self.started = time.monotonic()
        born = psutil.Process(self.process.pid).create_time()
        write_private(self.pid_file, f"{self.process.pid} {born}")

    def wait_ready(self, stopping: threading.Event) -> None:
        end = time.monotonic() + self.part.start_seconds
        while not self.part.ready():
            assert self.process is not None
            if self.process.poll() is not None or time.monotonic() > end:
                tail = self.log.read_text(errors="replace")[-2000:]
                raise StackUnavailable(part=self.part.name, why=f"see {self.log}\n{tail}")
            if stopping.wait(_TICK):
                return

    def stop(self) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(self.part.stop_signal)
            try:
                self.process.wait(self.part.stop_seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.pid_file.unlink(missing_ok=True)

    def look(self) -> None:
        """End a child that runs and does not do its work, so that it is started again."""
        now = time.monotonic()
        if self.part.alive is None or now < self.next_look or now - self.started < _CALM / 4:
            return
        self.next_look = now + _LOOK
        if self.process is None or self.process.poll() is not None:
            return
        self.deaf = 0 if self.part.alive() else self.deaf + 1
        if self.deaf >= _DEAF:
            self.deaf = 0
            self.process.send_signal(self.part.stop_signal)
            try:
                self.process.wait(self.part.stop_seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def revive(self, stopping: threading.Event, longest: float) -> None:
        """Start a dead child again, with a pause that doubles while it keeps dying."""
        now = time.monotonic()
        if self.process is None or self.process.poll() is None or now < self.next_try:
            return
        self.failures = 1 if now - self.started > _CALM else self.failures + 1
        self.next_try = now + min(longest, 0.25 * 2 ** (self.failures - 1))
        self.spawn()
        with contextlib.suppress(StackUnavailable):
            self.wait_ready(stopping)


class Supervisor:
    """The children of one data directory."""

    def __init__(self, data_dir: Path, *, longest_pause: float = _LONGEST_PAUSE) -> None:
        """Keep pid files and logs under ``data_dir``; a child that keeps dying waits that long."""
        self._longest = longest_pause
        self.run_dir, self.log_dir = data_dir / "run", data_dir / "log"
        for path in (self.run_dir, self.log_dir):
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._children: list[_Child] = []
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def start(self, *parts: Part) -> None:
        """Start ``parts`` side by side and return when all are healthy.

        Raises StackUnavailable for one that never is.
        """
        children = [_Child(part, self.run_dir, self.log_dir / f"{part.name}.log") for part in parts]
        for child in children:
            child.stop_leftover()
            self._children.append(child)
            child.spawn()
        for child in children:
            child.wait_ready(self._stopping)

    def watch(self) -> None:
        """Begin to restart what dies."""
        self._watcher.start()

    def _watch(self) -> None:
        while not self._stopping.wait(_TICK):
            for child in list(self._children):
                # Whatever goes wrong with one, a full disk for instance, the watch goes on.
                with alone(f"watching {child.part.name}"):
                    child.look()
                    child.revive(self._stopping, self._longest)

    def pid_of(self, name: str) -> int:
        """Return the present process id of the child called ``name``."""
        child = next(candidate for candidate in self._children if candidate.part.name == name)
        assert child.process is not None
        return child.process.pid

    def stop_one(self, name: str) -> None:
        """Stop one child for good and wait for it."""
        child = next(candidate for candidate in self._children if candidate.part.name == name)
        self._children.remove(child)
        child.stop()

    def stop(self) -> None:
        """Stop every child in reverse order and wait for each."""
        self._stopping.set()
        if self._watcher.is_alive():
            self._watcher.join()
        for child in reversed(self._children):
            child.stop()
        self._children.clear()
