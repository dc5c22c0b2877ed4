"""Failpoints: named places between two writes where a test may stop the process.

``JIEBANG_FAILPOINTS=name=kill;other=raise`` arms them. Each armed point fires once for a data
directory: it first leaves ``failpoints/<name>.hit`` there, so a test can assert that it was
reached and a restarted process goes past it. ``hold`` waits there until the test adds
``failpoints/<name>.go``. In service nothing is armed and a point costs one comparison.
"""

import os
import signal
import time
from functools import cache
from pathlib import Path

from models.settings import settings

_LOOK = 0.02


class FailpointHit(RuntimeError):
    """Raised at a failpoint armed with ``raise``."""


@cache
def _armed() -> dict[str, str]:
    """Return what this process is armed with; read when it first comes to a failpoint."""
    pairs = (item.partition("=") for item in settings().failpoints.split(";") if item)
    return {name.strip(): action.strip() for name, _, action in pairs}


def marker(data_dir: Path, name: str) -> Path:
    """Return the file that an armed failpoint leaves when it is hit."""
    return data_dir / "failpoints" / f"{name}.hit"


def release(data_dir: Path, name: str) -> None:
    """Let a process go on that is held at ``name``."""
    marker(data_dir, name).with_suffix(".go").touch()


def failpoint(name: str) -> None:
    """Stop here if a test armed ``name`` and it has not fired before."""
    action = _armed().get(name)
    if action is None:
        return
    path = marker(settings().data_dir, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.touch(exist_ok=False)
    except FileExistsError:
        return
    if action == "hold":
        _hold(path.with_suffix(".go"))
        return
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    raise FailpointHit(name)


def _hold(released: Path) -> None:
    """Wait until the test, which is another process, adds the file ``released``."""
    while not released.exists():
        time.sleep(_LOOK)
