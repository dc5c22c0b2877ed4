"""Which version this is, and from which commit."""

import subprocess
from importlib.metadata import version
from pathlib import Path


def release() -> str:
    """Return the version and the commit, as far as either is known."""
    return f"{version('jiebang')} ({commit() or 'no commit'})"


def commit() -> str:
    """Return the commit: as it was built, or of the checkout this runs from; empty where unknown."""
    built = Path(__file__).with_name("commit.txt")
    if built.exists():
        return built.read_text().strip()
    root = Path(__file__).parents[1]
    if not (root / ".git").exists():
        return ""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--exclude=*"],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return ""
    return described.stdout.strip()
