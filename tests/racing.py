"""Jobs that begin in the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")


def at_once(*jobs: Callable[[], T]) -> list[T | Exception]:
    """Do jobs that begin in the same moment; what one raises is its answer."""
    start = Barrier(len(jobs))

    def do(job: Callable[[], T]) -> T | Exception:
        start.wait(30)
        try:
            return job()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(do, jobs))
