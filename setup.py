"""What is built knows the commit it was built from."""

import subprocess
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent


class WithCommit(build_py):
    """Writes the commit beside the command line's code."""

    def run(self) -> None:
        """Build, then write ``cli/commit.txt`` where the source is a git checkout."""
        super().run()
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--exclude=*"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if described.returncode == 0 and not self.editable_mode:
            Path(self.build_lib, "cli", "commit.txt").write_text(described.stdout)


setup(cmdclass={"build_py": WithCommit})
