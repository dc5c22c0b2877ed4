"""How the tests run side by side: in which order, what goes together, and what all workers share.

A file is the unit that goes to whichever worker is free. What needs a running
stack goes together, in two groups, each with a stack of its own. All workers share one PostgreSQL.
"""

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Final
from zlib import crc32

import pytest
from schemathesis.pytest.plugin import SchemathesisFunction
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from models.heap import keep_loaded
from tests.cluster import SETTINGS, postgres_under, quick_folder

# Which tests begin first: the long ones, so that none is left alone at the end. The demo's round is
# made by the first test that needs it, while no other waits for it.
ORDER: Final = (
    "stack",
    *("round/test_output.py", "round/test_other_input.py"),
    *("web", "database", "round", "house", "domain"),
)
# The tests of the stack that one group runs; the other group runs the others.
FIRST_STACK: Final = frozenset({"test_survival", "test_failpoints"})
STACKS: Final = ("first", "second")
# Files too long for one worker, and into how many parts they go.
PARTS: Final = {"tests/web/test_programs_fuzzed.py": 3, "tests/web/test_bad_input.py": 3}
_CLUSTER: Final = pytest.StashKey[tuple[Path, ExitStack]]()


def scope_of(nodeid: str) -> str:
    """Return with which tests a test is run."""
    file = nodeid.split("::")[0]
    if file.startswith("tests/stack/"):
        return stack_of(nodeid)
    parts = PARTS.get(file, 1)
    return f"{file} {crc32(nodeid.encode()) % parts}"


def stack_of(nodeid: str) -> str:
    """Return on which of the two stacks a test runs."""
    file, name = nodeid.split("::", 1)
    first = Path(file).stem in FIRST_STACK or name.endswith(f"[{STACKS[0]}]")
    return STACKS[0] if first else STACKS[1]


def place_of(nodeid: str) -> tuple[int, str, bool]:
    """Return a test's place in the order: what comes last comes last on its stack."""
    within = nodeid.removeprefix("tests/")
    order = next((n for n, begins in enumerate(ORDER) if within.startswith(begins)), len(ORDER))
    return order, scope_of(nodeid), "test_unfinished.py" in nodeid


class SideBySide(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a scope to whichever worker is free, in the order of the collection."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SideBySide:
    config.option.loadscopereorder = False
    return SideBySide(config, log)


def pytest_configure_node(node: WorkerController) -> None:
    """Start the server with the first worker, and tell every worker where it is."""
    stash = node.config.stash
    if _CLUSTER not in stash:
        running = ExitStack()
        folder = running.enter_context(quick_folder())
        running.enter_context(postgres_under(folder, *SETTINGS))
        stash[_CLUSTER] = folder, running
    node.workerinput["shared"] = str(stash[_CLUSTER][0])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server that this process has started."""
    if started := config.stash.get(_CLUSTER, None):
        started[1].close()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Name an operation of the API in the id of its fuzz test, as its author meant to.

    Schemathesis 4.32 puts it into the name, from which pytest 9.2 makes no id any more.
    """
    if isinstance(item, SchemathesisFunction) and item.operation_label and item.parent:
        item._id = item.parent.id.child(item.originalname).with_params(item.operation_label)


def pytest_collection_finish() -> None:
    """Set aside what the collection has loaded."""
    keep_loaded()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put tests in their order; refuse tests that share an id, of which xdist would run one."""
    items.sort(key=lambda item: place_of(item.nodeid))
    times = Counter(item.nodeid for item in items)
    shared = sorted(name for name, number in times.items() if number > 1)
    if shared:
        raise pytest.UsageError("Several tests share one id: " + ", ".join(shared))
