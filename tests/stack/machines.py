"""Two machines: a web and a worker on each, with a data directory of its own.

They share the database, Prefect, the folder of keys and the file store, and nothing else.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from services.file_store import FileStore, Folder, file_store
from tests.stack.conftest import Rig
from tests.web.replicas import balanced


def _bring_home(store: FileStore, home: Folder) -> None:
    """Copy what rows name by now to where the rig's other tests look for it."""
    for name in store.names():
        home.put(name, store.read(name))


@contextmanager
def two_machines(rig: Rig, folder: Path, shared: Mapping[str, str]) -> Iterator[str]:
    """Run the second machine beside the rig's; give the address of the balancer before both webs.

    ``shared`` says where files are kept; the test's own process keeps them there, too.
    """
    elsewhere = folder / "machine-2"
    (elsewhere / "run").mkdir(parents=True)
    of_all = {**shared, "JIEBANG_KEYS_DIR": str(rig.data_dir / "keys")}
    second = {"JIEBANG_DATA_DIR": str(elsewhere)}
    with ExitStack() as running, pytest.MonkeyPatch.context() as patch:
        for name, value in of_all.items():
            patch.setenv(name, value)
        running.callback(_bring_home, file_store(), Folder(rig.data_dir))
        running.callback(rig.stack.replace_worker, 1, {})
        rig.stack.replace_worker(1, of_all)
        running.callback(rig.stack.supervisor.stop_one, "worker-2")
        rig.stack.start_worker(2, of_all | second)
        yield running.enter_context(balanced({}, second))
