"""The audit log as a hash chain: sealed after the commit, verified from its rows.

Business transactions append entries without waiting for each other. The sealer chains committed
entries in the order of their ids under a lock of its own. An entry whose transaction commits late
gets a later position; none is left out, and a chained entry is never touched again.
Heads are also kept outside the database (``audit_heads``), so that cutting the tail, or rewriting
history, shows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session, col, func, select

from domain.canonical import chain
from models import AuditEntry, AuditHead
from models.failpoints import failpoint
from models.locks import AdvisoryLock, one_at_a_time
from services.audit_heads import Head, broken_lines, published_heads, read_heads
from services.clock import real_now
from services.file_store import FileStore
from services.identity.erasures import entry_holds, erasures_of
from services.register.proofs import lost_versions, unrecorded

_AT_ONCE = 2000
_GENESIS = "0" * 64
_UNLIKE = "a published head is missing: history was rewritten, or the tail was cut"


@dataclass(frozen=True)
class Verification:
    """What a verification found: the head, and one sentence for everything that is wrong.

    A problem has its position in the chain, None where it is in none.

    ``unsealed`` entries are committed but not chained yet; the next sealing takes them in.
    """

    entries: int
    head: str
    problems: tuple[tuple[int | None, str, str], ...]
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
    one_at_a_time(session, AdvisoryLock.SEALING)
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


def verify(
    session: Session, store: FileStore | None = None, *, anchor: Path | None = None
) -> Verification:
    """Recompute the chain from its rows and compare it with every head that was published.

    ``store`` has the published heads, ``anchor`` is a copy of them kept elsewhere. Finds a changed, a deleted and a reordered
    entry, a tail that was cut, a history that was rewritten, and heads that are not ours.
    """
    # The heads first: an entry sealed while we read is then newer than every head we ask for.
    kept = [published_heads(store)] if store else []
    kept += [read_heads(anchor)] if anchor else []
    heads = _heads_of_both(session, [head for file_heads in kept for head in file_heads])
    problems: list[tuple[int | None, str, str]] = [
        (at, "链首的签名或次序不对", "a published head is not signed, or not in its place")
        for file_heads in kept
        for at in broken_lines(file_heads)
    ]
    hashes: dict[int, str] = {}
    expected, previous = 1, _GENESIS
    erasures = erasures_of(session)
    for entry, is_lost in _chained(session):
        position = int(entry.position or 0)
        if position != expected:
            problems.append((expected, "记录被删除", "an entry was deleted"))
        if not entry_holds(entry, erasures):
            problems.append((position, "记录被篡改", "an entry was changed"))
        if is_lost:
            problems.append((position, "登记版本被篡改", "a version of a register was changed"))
        if chain(previous, entry.digest, position) != entry.hash:
            problems.append((position, "链条断裂或次序改变", "the chain is broken or reordered"))
        expected, previous = position + 1, str(entry.hash)
        hashes[position] = previous
    problems += [
        (at, "与已公布的链首不符：历史被改写，或末尾被截断", _UNLIKE)
        for at, value in dict.fromkeys(heads)
        if hashes.get(at) != value
    ]
    problems += [
        (None, f"登记册条目 {which} 与登记经过不符", f"register entry {which} is not as recorded")
        for which in unrecorded(session)
    ]
    return Verification(len(hashes), previous, tuple(problems), _unsealed(session))


def _chained(session: Session) -> Iterator[tuple[AuditEntry, bool]]:
    """Yield the entries in their order, each with whether a version that it recorded is lost."""
    entries = session.exec(
        select(AuditEntry)
        .where(col(AuditEntry.position).is_not(None))
        .order_by(col(AuditEntry.position)),
        execution_options={"yield_per": _AT_ONCE},
    )
    for several in entries.partitions():
        lost = lost_versions(session, several)
        yield from ((entry, entry.position in lost) for entry in several)


def _heads_of_both(session: Session, kept: list[Head]) -> list[tuple[int, str]]:
    heads = [
        (audit_head.position, audit_head.hash) for audit_head in session.exec(select(AuditHead))
    ]
    return heads + [(head.position, head.hash) for head in kept]


def _unsealed(session: Session) -> int:
    return session.exec(
        select(func.count()).select_from(AuditEntry).where(col(AuditEntry.position).is_(None))
    ).one()
