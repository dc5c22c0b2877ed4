"""Failpoints: named places between two writes where a test may stop the process.

``JIEBANG_FAILPOINTS=name=kill;other=raise`` arms them. Each armed point fires once for a data
directory: it first leaves ``failpoints/<name>.hit`` there, so a test can assert that it was
reached and a restarted process goes past it. In service nothing is armed and a point costs one
comparison.
"""

import os
import signal
from pathlib import Path

from models.settings import settings


class FailpointHit(RuntimeError):
    """Raised at a failpoint armed with ``raise``."""


def _armed() -> dict[str, str]:
    pairs = (item.partition("=") for item in settings().failpoints.split(";") if item)
    return {name.strip(): action.strip() for name, _, action in pairs}


_ARMED = _armed()


def marker(data_dir: Path, name: str) -> Path:
    """Return the file that an armed failpoint leaves when it is hit."""
    return data_dir / "failpoints" / f"{name}.hit"


def failpoint(name: str) -> None:
    """Stop here if a test armed ``name`` and it has not fired before."""
    if not _ARMED or name not in _ARMED:
        return
    path = marker(settings().data_dir, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.touch(exist_ok=False)
    except FileExistsError:
        return
    if _ARMED[name] == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    raise FailpointHit(name)
