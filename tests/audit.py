"""``make audit``: what is installed against what the registry offers, and advisories where reachable.

Exits 1 for a package with a known vulnerability. Newer versions are listed and are no failure.
"""

import json
import subprocess
import sys
from typing import Any, Final

from tests.shell import ROOT

_LOCK: Final = ROOT / "requirements.lock"


def outdated() -> list[dict[str, Any]]:
    """Return the packages of which the registry has a newer version."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "list", "--python", sys.executable),
            *("--outdated", "--format", "json"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    newer: list[dict[str, Any]] = json.loads(done.stdout)
    return newer


def advisories() -> tuple[list[str], int, int]:
    """Return a line for each known vulnerability, how many packages got no answer, and of how many.

    -1 where nobody answers at all.
    """
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip_audit", "-r", str(_LOCK), "--no-deps", "--disable-pip"),
            *("--format", "json", "--progress-spinner", "off"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.stdout.strip():
        return [], -1, 0
    packages = json.loads(done.stdout)["dependencies"]
    lines = [
        f"{package['name']} {package['version']}: {vulnerability['id']}"
        f" (mended in {', '.join(vulnerability['fix_versions']) or 'no version yet'})"
        for package in packages
        for vulnerability in package.get("vulns", ())
    ]
    return lines, sum("skip_reason" in package for package in packages), len(packages)


def main() -> None:
    """Print both, and fail for what is known to be vulnerable."""
    newer = outdated()
    for package in newer:
        sys.stdout.write(
            f"newer: {package['name']} {package['version']} → {package['latest_version']}\n"
        )
    sys.stdout.write(f"{len(newer)} packages have a newer version.\n")
    known, unanswered, asked = advisories()
    for line in known:
        sys.stdout.write(f"vulnerable: {line}\n")
    if unanswered < 0 or unanswered == asked:
        sys.stdout.write("No advisories are reachable from here: nothing is known either way.\n")
    else:
        sys.stdout.write(
            f"{len(known)} known vulnerabilities in {asked - unanswered} packages;"
            f" {unanswered} got no answer.\n"
        )
    raise SystemExit(1 if known else 0)


if __name__ == "__main__":
    main()
