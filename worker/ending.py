"""How a process that runs a stack ends: asked to by a signal, it stops what it has started."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def ending_on_sigterm(stop: Callable[[], None], again: float = 1.0) -> Iterator[None]:
    """Call ``stop`` at the end; SIGTERM, and the end of the terminal, end the block as Ctrl-C does,
    unless they have a handler.

    Where a library swallows the exit, it is asked for again every ``again`` seconds; while
    stopping, another signal changes nothing.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        try:
            yield
        finally:
            stop()
        return

    before = signal.getsignal(signal.SIGALRM)

    def end(*_: object) -> None:
        # Only now is the timer taken: until then it may be somebody else's.
        signal.signal(signal.SIGALRM, end)
        signal.setitimer(signal.ITIMER_REAL, again, again)
        sys.exit(128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)
    hangs_up = signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
    if hangs_up:
        signal.signal(signal.SIGHUP, end)
    try:
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            if hangs_up:
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
            if signal.getsignal(signal.SIGALRM) is end:
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, before)
    finally:
        try:
            stop()
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            if hangs_up:
                signal.signal(signal.SIGHUP, signal.SIG_DFL)
