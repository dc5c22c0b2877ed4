"""What is built knows the commit it was built from."""

import subprocess
from contextlib import suppress
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent


class WithCommit(build_py):
    """Writes the commit beside the command line's code."""

    def run(self) -> None:
        """Build, then write ``cli/commit.txt`` where the source is a checkout of its own."""
        super().run()
        if self.editable_mode or not (ROOT / ".git").exists():
            return
        with suppress(FileNotFoundError, subprocess.CalledProcessError):
            described = subprocess.run(
                ["git", "describe", "--always", "--dirty", "--exclude=*"],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=True,
            )
            Path(self.build_lib, "cli", "commit.txt").write_text(described.stdout)


setup(cmdclass={"build_py": WithCommit})
