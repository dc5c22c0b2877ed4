"""``python -m tests.release``: keep what this release stores, for later releases to upgrade.

A project at every stage, a corrective action, a list, sealed bids with their files, the audit
chain with its heads, and the keys that lie outside the database. The keys are good for nothing else.
"""

import shutil
from pathlib import Path
from typing import Final

from models.session import unit_of_work
from services.audit_chain import seal
from services.audit_heads import publish_head
from services.file_store import file_store
from tests.cluster import tool
from tests.district import district
from tests.shell import ROOT

FOLDER: Final = ROOT / "tests" / "files" / "release"
DUMP: Final = FOLDER / "database.dump"
# Beside the database: what a data directory keeps for it.
BESIDE: Final = ("keys", "audit", "uploads")
# Who executes what, and who is signed in, is over when the platform is.
_PASSING: Final = ("run_lease", "web_session")


def main() -> None:
    """Write the dump anew."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with district() as here:
        with unit_of_work() as session:
            seal(session)
        with unit_of_work() as session:
            publish_head(session, file_store())
        without = [f"--exclude-table-data={table}" for table in _PASSING]
        form = ("--format=custom", "--compress=9", f"--file={DUMP}")
        tool(here.server, "pg_dump", *form, *without, here.database)
        for name in BESIDE:
            shutil.copytree(here.data_dir / name, FOLDER / name)


def put_back(data_dir: Path) -> None:
    """Lay what the dump has beside the database into a data directory."""
    for name in BESIDE:
        shutil.copytree(FOLDER / name, data_dir / name, dirs_exist_ok=True)


if __name__ == "__main__":
    main()
