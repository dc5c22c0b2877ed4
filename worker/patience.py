"""How the worker bears with what fails: one item by itself, and again after a growing pause."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

log = logging.getLogger("jiebang.dispatcher")

_LONGEST: Final = 30.0


@contextmanager
def alone(what: str) -> Iterator[None]:
    """Let one item fail by itself: it is logged and tried again, and the others go on."""
    try:
        yield
    except Exception as error:
        log.warning("%s failed; retrying later: %.300s", what, error)


class BackOff:
    """When something may be tried again, with a pause that doubles."""

    def __init__(self) -> None:
        """Begin without a pause."""
        self._held: dict[str, tuple[float, float]] = {}

    def ready(self, key: str) -> bool:
        """Tell whether ``key`` may be tried now."""
        return time.monotonic() >= self._held.get(key, (0.0, 0.0))[0]

    def wait(self, key: str, first: float) -> None:
        """Pause ``key`` for ``first`` seconds, or twice as long as the last time."""
        pause = min(_LONGEST, self._held.get(key, (0.0, first / 2))[1] * 2)
        self._held[key] = (time.monotonic() + pause, pause)

    def keep(self, keys: set[str]) -> None:
        """Forget every key but ``keys``."""
        self._held = {key: times for key, times in self._held.items() if key in keys}

    def __len__(self) -> int:
        """Return how many keys are known."""
        return len(self._held)

    def __contains__(self, key: str) -> bool:
        """Tell whether ``key`` was tried before."""
        return key in self._held
