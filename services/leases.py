"""Leases: which worker may execute a process, so that no run is ever executed twice at once.

Times here are the database's real clock, never the demo's.
"""

from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlmodel import Session

from domain.errors import LeaseLost


@dataclass(frozen=True)
class Lease:
    """Proof of holding a process's execution; every write of a run shows it."""

    process_id: UUID
    generation: int
    token: UUID


_TAKE = text("""
INSERT INTO run_lease AS held (process_id, generation, worker, token, expires_at)
SELECT process_id, generation, :worker, :token, clock_timestamp() + make_interval(secs => :ttl)
FROM process_run WHERE process_id = :process AND generation = :generation
ON CONFLICT (process_id) DO UPDATE
SET generation = excluded.generation, worker = excluded.worker, token = excluded.token,
    expires_at = excluded.expires_at
WHERE held.expires_at < clock_timestamp()
RETURNING 1
""")
# Waits for the transactions that the old holder has still open, see _CHECK.
_LOCK = text("SELECT 1 FROM run_lease WHERE process_id = :process FOR UPDATE")
_RENEW = text("""
UPDATE run_lease SET expires_at = clock_timestamp() + make_interval(secs => :ttl)
WHERE token = ANY(:tokens) AND expires_at >= clock_timestamp()
""")
# The weakest lock that keeps others from taking the lease over: renewing it goes on beside it.
_CHECK = text("""
SELECT 1 FROM run_lease
WHERE process_id = :process AND token = :token AND generation = :generation
  AND expires_at >= clock_timestamp()
FOR KEY SHARE
""")


def take_lease(
    session: Session, *, process_id: UUID, generation: int, worker: str, ttl: float
) -> Lease:
    """Take the lease of a process for ``ttl`` seconds.

    Raises LeaseLost while another holds it, or when ``generation`` is no longer the current one.
    """
    lease = Lease(process_id, generation, uuid4())
    values = {
        "process": process_id,
        "generation": generation,
        "worker": worker,
        "token": lease.token,
        "ttl": ttl,
    }
    session.execute(_LOCK, {"process": process_id})
    if session.execute(_TAKE, values).first() is None:
        raise LeaseLost
    return lease


def renew_leases(session: Session, tokens: list[UUID], *, ttl: float) -> None:
    """Extend the leases that are still held."""
    session.execute(_RENEW, {"tokens": tokens, "ttl": ttl})


def release_lease(session: Session, lease: Lease) -> None:
    """Give the lease back; nothing happens if it is held by somebody else by now."""
    session.execute(
        text("DELETE FROM run_lease WHERE process_id = :process AND token = :token"),
        {"process": lease.process_id, "token": lease.token},
    )


def require_lease(session: Session, lease: Lease) -> None:
    """Raise LeaseLost unless the lease holds now; it then holds until this transaction ends."""
    values = {"process": lease.process_id, "token": lease.token, "generation": lease.generation}
    if session.execute(_CHECK, values).first() is None:
        raise LeaseLost
