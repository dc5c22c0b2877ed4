"""The source tree, and a person's shell: how tests call what people call."""

import os
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
JIEBANG: Final = [sys.executable, "-c", "from cli import main; main()"]
# What one make tells another that it starts.
_OF_MAKE: Final = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")


def outside(*, source: bool = True) -> dict[str, str]:
    """Return the environment of a person's shell: nothing of a stack that tests are running.

    Without ``source`` the shell knows nothing of the source tree either, nor of a running make.
    """
    ours = ("JIEBANG_", "PREFECT_")
    shell = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    if source:
        return shell | {"PYTHONPATH": str(ROOT)}
    return {name: value for name, value in shell.items() if name not in (*_OF_MAKE, "PYTHONPATH")}


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
