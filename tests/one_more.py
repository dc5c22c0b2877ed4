"""``python -m tests.one_more COMMIT``: what one more thing cost: files and lines of the adding commit.

Generated documents and dumps are not counted; tests are counted apart.
"""

import subprocess
import sys
from collections import Counter
from typing import Final

from tests.documents import DOCUMENTS
from tests.shell import ROOT

_MADE: Final = (
    *(path.relative_to(ROOT).as_posix() for path in DOCUMENTS),
    *("tests/web/matrix.txt", "tests/web/matrix_api.txt"),
)


def cost(commit: str) -> dict[str, tuple[int, int]]:
    """Return by kind of file how many files a commit touched, and how many lines it added."""
    shown = subprocess.run(
        ["git", "show", "--numstat", "--format=", commit],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    files: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    for line in shown.stdout.splitlines():
        added, _, path = line.split("\t")
        if added == "-" or path in _MADE or path.startswith("tests/files/"):
            continue
        kind = "tests" if path.startswith("tests/") else path.split("/")[0]
        files[kind] += 1
        lines[kind] += int(added)
    return {kind: (files[kind], lines[kind]) for kind in sorted(files)}


def main() -> None:
    """Print the cost of the commit that the command line names."""
    counted = cost(sys.argv[1] if len(sys.argv) > 1 else "HEAD")
    own = [cost for kind, cost in counted.items() if kind != "tests"]
    total = (sum(files for files, _ in own), sum(lines for _, lines in own))
    for kind, (files, lines) in (counted | {"without tests": total}).items():
        sys.stdout.write(f"{kind:<14} {files:>4} files {lines:>6} lines\n")


if __name__ == "__main__":
    main()
