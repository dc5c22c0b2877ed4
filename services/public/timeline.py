"""The public timeline of a project, or of any other process, and the proof behind each entry.

Only an event with a line is public. Nothing of a bid is shown before the opening, and nobody's
name ever is.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from domain.canonical import chain
from domain.errors import NotFound
from domain.text import Text
from models import AuditEntry
from services.events.catalogue import public_actions, read_event
from services.identity.erasures import entry_holds, erasures_of


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of the timeline; ``position`` is its place in the audit chain, once it is sealed."""

    at: datetime
    text: Text
    tone: str
    position: int | None


@dataclass(frozen=True, slots=True)
class Proof:
    """What a reader needs to recompute one link: SHA-256 over position, previous hash and digest."""

    position: int
    at: datetime
    text: Text
    digest: str
    previous: str
    hash: str
    digest_holds: bool
    link_holds: bool
    newest: int

    @property
    def ok(self) -> bool:
        """Tell whether the entry is as it was sealed."""
        return self.digest_holds and self.link_holds


def timeline(session: Session, code: str) -> list[Moment]:
    """Return what happened to something, by its code, the newest first."""
    rows = session.exec(
        select(AuditEntry)
        .where(
            AuditEntry.subject == code,
            col(AuditEntry.action).in_(public_actions()),
        )
        .order_by(col(AuditEntry.id).desc())
    ).all()
    return [
        Moment(
            row.happened_at, line_of(row), read_event(row.action, row.facts).shade(), row.position
        )
        for row in rows
    ]


def line_of(entry: AuditEntry) -> Text:
    """Return how the timeline tells an entry that is public."""
    event = read_event(entry.action, entry.facts)
    assert event.line is not None
    return event.filled(event.line, entry.subject)


def prove(session: Session, code: str, position: int) -> Proof:
    """Recompute one public entry of a timeline; raise NotFound for any other."""
    entry = session.exec(
        select(AuditEntry).where(
            AuditEntry.position == position,
            AuditEntry.subject == code,
            col(AuditEntry.action).in_(public_actions()),
        )
    ).one_or_none()
    if entry is None:
        raise NotFound(what=Text("存证", "audit entry"), key=str(position))
    before = session.exec(
        select(AuditEntry.hash).where(AuditEntry.position == position - 1)
    ).one_or_none()
    newest = session.exec(
        select(AuditEntry.position)
        .where(col(AuditEntry.position).is_not(None))
        .order_by(col(AuditEntry.position).desc())
        .limit(1)
    ).one()
    previous = str(before) if before else "0" * 64
    return Proof(
        position,
        entry.happened_at,
        line_of(entry),
        entry.digest,
        previous,
        str(entry.hash),
        entry_holds(entry, erasures_of(session) if entry.erased_by else {}),
        chain(previous, entry.digest, position) == entry.hash,
        int(newest or 0),
    )
