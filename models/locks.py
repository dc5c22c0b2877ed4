"""Locks that are no row's: each has a number of its own in PostgreSQL."""

from enum import IntEnum
from typing import Final

from sqlalchemy import text
from sqlmodel import Session

_TAKE: Final = text("SELECT pg_advisory_xact_lock(:number)")


class AdvisoryLock(IntEnum):
    """What only one does at a time, on all machines."""

    MIGRATING = 7_202_611
    SEALING = 7_202_612
    LEADING = 7_202_613
    IMPORTING = 7_202_614
    PUBLISHING_YEAR = 7_202_637


def one_at_a_time(session: Session, lock: AdvisoryLock) -> None:
    """Wait until nobody else has the lock, and keep it until the transaction ends."""
    session.execute(_TAKE, {"number": lock.value})
