"""One process in execution: its lease, and each write as one transaction under it."""

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from sqlmodel import Session

from models.session import unit_of_work
from models.settings import settings
from services.execution.runs import subject_of
from services.leases import Lease, release_lease, renew_leases, take_lease

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger("jiebang.run")
HELD: ContextVar[Lease | None] = ContextVar("held lease", default=None)


class Run:
    """A process's run: every read and write shows its lease."""

    def __init__(self, lease: Lease) -> None:
        """Read once what it carries, for its code and title."""
        self.lease = lease
        subject = self.subject()
        self.code, self.title = subject.code, subject.title

    def commit(
        self, do: Callable[Concatenate[Session, Lease, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do one thing under the lease, in one transaction."""
        with unit_of_work() as session:
            return do(session, self.lease, *args, **kwargs)

    def subject(self) -> Any:
        """Return what the run carries, as it is now."""
        return self.commit(subject_of)

    @property
    def status(self) -> StrEnum:
        """Return where it stands now."""
        status: StrEnum = self.subject().status
        return status


@contextmanager
def leased(process_id: UUID, generation: int) -> Iterator[Lease]:
    """Give the lease that the warm worker holds, or take and renew one on other workers."""
    if (warm_lease := HELD.get()) and (warm_lease.process_id, warm_lease.generation) == (
        process_id,
        generation,
    ):
        yield warm_lease
        return
    ttl = settings().lease_seconds
    with unit_of_work() as session:
        lease = take_lease(
            session,
            process_id=process_id,
            generation=generation,
            worker=f"{socket.gethostname()}:{os.getpid()}",
            ttl=ttl,
        )
    done = threading.Event()

    def renew() -> None:
        while not done.wait(ttl / 3):
            try:
                with unit_of_work() as session:
                    renew_leases(session, [lease.token], ttl=ttl)
            except Exception:
                log.exception("could not renew the lease; it runs out unless the next try works")

    threading.Thread(target=renew, name="lease", daemon=True).start()
    try:
        yield lease
    finally:
        done.set()
        with unit_of_work() as session:
            release_lease(session, lease)
