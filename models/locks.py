"""Locks that are no row's: each has a number of its own in PostgreSQL."""

from enum import IntEnum
from typing import Final

from sqlalchemy import text
from sqlmodel import Session

_TAKE: Final = text("SELECT pg_advisory_xact_lock(:number)")
_TAKE_OF: Final = text("SELECT pg_advisory_xact_lock(:number, hashtext(:of))")


class AdvisoryLock(IntEnum):
    """What only one does at a time, on all machines."""

    MIGRATING = 7_202_611
    SEALING = 7_202_612
    LEADING = 7_202_613
    IMPORTING = 7_202_614
    PUBLISHING_YEAR = 7_202_637
    REPORTING = 7_202_638
    PUBLISHING_HEAD = 7_202_639


def one_at_a_time(session: Session, lock: AdvisoryLock, *, of: str = "") -> None:
    """Wait until nobody else has the lock, and keep it until the transaction ends.

    With ``of`` only those wait who do it for the same thing.
    """
    if of:
        session.execute(_TAKE_OF, {"number": lock.value, "of": of})
    else:
        session.execute(_TAKE, {"number": lock.value})
