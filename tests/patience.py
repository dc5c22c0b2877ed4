"""How long tests wait for what must happen.

Only a failure takes so long: on a machine four times as slow, nothing fails for being late.
"""

import threading
import time
from collections.abc import Callable
from typing import Final

# In seconds.
PATIENCE: Final = 300


def until(
    true: Callable[[], bool],
    what: str,
    wait: Callable[[], object] = lambda: threading.Event().wait(0.05),
) -> None:
    """Return as soon as something is true; ``wait`` until it is worth looking again."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"never happened: {what}"
        wait()
