"""Every log of the stack after a full round: an error that nobody knows fails here."""

import re
from typing import Final

from tests.conftest import Demo

_WRONG: Final = re.compile(
    r"Traceback|\bERROR\b|\bCRITICAL\b|\bFATAL\b|\bPANIC\b|[A-Za-z.]+(?:Error|Exception): "
)
# What is known and harmless, each with its reason.
KNOWN: Final = (
    # The stack asks PostgreSQL whether it is up before it is.
    re.compile(r"FATAL: +the database system is (?:starting up|shutting down)"),
    # Prefect's server records a task run twice at once; one of the two finds it there and updates.
    re.compile(r'duplicate key value violates unique constraint "pk_task_run"'),
    # A stack that stops ends the connections of its readers.
    re.compile(r"FATAL: +terminating connection due to administrator command"),
)


def test_no_log_of_a_full_round_holds_an_error_that_nobody_knows(demo: Demo) -> None:
    logs = sorted((demo.data_dir / "log").glob("*.log"))
    assert {log.stem for log in logs} >= {"postgres", "prefect-server", "worker-1"}
    unknown = [
        f"{log.name}: {line}"
        for log in logs
        for line in log.read_text(errors="replace").splitlines()
        if _WRONG.search(line) and not any(known.search(line) for known in KNOWN)
    ]
    assert unknown == []
