"""Whether the versions of registers are those that the audit chain commits to."""

from typing import Final

from sqlmodel import Session, col, select

from models import AuditEntry, RegisterVersion
from services.register.keep import version_digest

_RECORDED: Final = frozenset(f"register.{what}" for what in ("added", "changed", "ended"))
_AT_ONCE: Final = 1_000
Digests = dict[tuple[str, int], str]


def version_digests(session: Session) -> Digests:
    """Return the digest of every version, as it stands, by what its audit entry is about."""
    versions = session.exec(
        select(RegisterVersion).order_by(col(RegisterVersion.id)),
        execution_options={"yield_per": _AT_ONCE},
    )
    return {
        (f"{version.register_code}/{version.entry_id}", version.version): version_digest(version)
        for version in versions
    }


def version_holds(entry: AuditEntry, digests: Digests) -> bool:
    """Tell whether the version that an audit entry recorded is there as it was recorded."""
    if entry.action not in _RECORDED:
        return True
    digest = digests.get((entry.subject, entry.facts["version"]))
    return bool(digest == entry.facts["digest"])
