"""The audit log as a hash chain: sealed after the commit, verified from its rows.

Business transactions append entries without waiting for each other. The sealer chains committed
entries in the order of their ids under a lock of its own. An entry whose transaction commits late
gets a later position; nothing is left out, and what is chained is never touched again.
The head is also kept in a file, so that cutting the tail of the table shows.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from domain.canonical import chain
from models import AuditEntry, AuditHead
from models.failpoints import failpoint
from services.clock import real_now
from services.identity.erasures import entry_holds, erasures_of

_LOCK = 7_202_612
_AT_ONCE = 2000
_GENESIS = "0" * 64


@dataclass(frozen=True)
class Verification:
    """What a verification found: the head, and one sentence for everything that is wrong.

    ``unsealed`` entries are committed but not chained yet; the next sealing takes them in.
    """

    entries: int
    head: str
    problems: tuple[tuple[int, str, str], ...]
    unsealed: int

    @property
    def ok(self) -> bool:
        """Tell whether the chain is whole."""
        return not self.problems


def _tip(session: Session) -> tuple[int, str]:
    row = session.exec(
        select(AuditEntry.position, AuditEntry.hash)
        .where(col(AuditEntry.position).is_not(None))
        .order_by(col(AuditEntry.position).desc())
        .limit(1)
    ).first()
    return (int(row[0] or 0), str(row[1])) if row else (0, _GENESIS)


def seal(session: Session) -> int:
    """Chain the entries that are committed and not yet chained; return how many."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    entries = session.exec(
        select(AuditEntry)
        .where(col(AuditEntry.position).is_(None))
        .order_by(col(AuditEntry.id))
        .limit(_AT_ONCE)
    ).all()
    if not entries:
        return 0
    position, previous = _tip(session)
    for entry in entries:
        position += 1
        previous = chain(previous, entry.digest, position)
        entry.position, entry.hash = position, previous
    session.add(AuditHead(position=position, hash=previous, published_at=real_now(session)))
    session.flush()
    failpoint("audit.seal.before-commit")
    return len(entries)


def head_file(data_dir: Path) -> Path:
    """Return the file in which the newest head is kept outside the database."""
    return data_dir / "audit" / "head.json"


def publish_head(session: Session, data_dir: Path) -> None:
    """Write the newest head to its file, whole or not at all, also when the power fails."""
    position, value = _tip(session)
    path = head_file(data_dir)
    held = _head_on_file(data_dir)
    if position == 0 or (held and held[0] >= position):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with fresh.open("w") as file:
        file.write(json.dumps({"position": position, "hash": value}))
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)


def verify(session: Session, data_dir: Path | None = None) -> Verification:
    """Recompute the chain from its rows and compare it with every head that was published.

    Finds a changed, a deleted and a reordered entry, and a tail that was cut.
    """
    # The heads first: what is sealed while we read is then newer than every head we ask for.
    heads = _published_heads(session, data_dir)
    problems: list[tuple[int, str, str]] = []
    hashes: dict[int, str] = {}
    expected, previous = 1, _GENESIS
    erasures = erasures_of(session)
    for entry in session.exec(
        select(AuditEntry)
        .where(col(AuditEntry.position).is_not(None))
        .order_by(col(AuditEntry.position))
    ):
        position = int(entry.position or 0)
        if position != expected:
            problems.append((expected, "记录被删除", "an entry was deleted"))
        if not entry_holds(entry, erasures):
            problems.append((position, "记录被篡改", "an entry was changed"))
        if chain(previous, entry.digest, position) != entry.hash:
            problems.append((position, "链条断裂或次序改变", "the chain is broken or reordered"))
        expected, previous = position + 1, str(entry.hash)
        hashes[position] = previous
    problems += [
        (at, "与已公布的链首不符，末尾可能被截断", "a published head is missing: the tail was cut")
        for at, value in heads
        if hashes.get(at) != value
    ]
    return Verification(len(hashes), previous, tuple(problems), _unsealed(session))


def _published_heads(session: Session, data_dir: Path | None) -> list[tuple[int, str]]:
    heads = [(one.position, one.hash) for one in session.exec(select(AuditHead))]
    if data_dir and (held := _head_on_file(data_dir)):
        heads.append(held)
    return heads


def _head_on_file(data_dir: Path) -> tuple[int, str] | None:
    """Return the head kept in the file; None where there is none, or it cannot be read."""
    try:
        held = json.loads(head_file(data_dir).read_text())
        return int(held["position"]), str(held["hash"])
    except (OSError, ValueError, KeyError):
        return None


def _unsealed(session: Session) -> int:
    return session.exec(
        select(func.count()).select_from(AuditEntry).where(col(AuditEntry.position).is_(None))
    ).one()
