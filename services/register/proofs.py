"""Whether the entries of registers and their versions are those that the audit chain commits to."""

from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import String, cast, exists, func
from sqlmodel import Session, col, select

from domain.canonical import json_ready
from models import AuditEntry, Person, RegisterVersion
from models.register import RegisterRow
from services.register.catalogue import registers
from services.register.declaration import Register
from services.register.keep import facts_of, version_digest

_RECORDED: Final = frozenset(f"register.{what}" for what in ("added", "changed", "ended"))
_AT_ONCE: Final = 1_000


def lost_versions(session: Session, entries: Sequence[AuditEntry]) -> set[int]:
    """Return the positions of those entries whose version is not there as it was recorded.

    A version is written with its entry, so that it is there wherever the entry is.
    """
    wanted = {_version_of(entry): entry for entry in entries if entry.action in _RECORDED}
    ids = {entry_id for entry_id, _ in wanted}
    query = (
        select(RegisterVersion, Person.login)
        .join(Person, col(Person.id) == RegisterVersion.recorded_by, isouter=True)
        .where(col(RegisterVersion.entry_id).in_(ids))
        .execution_options(populate_existing=True)
    )
    kept = {(row[0].entry_id, row[0].version): row for row in session.exec(query)} if ids else {}
    acted = {entry.actor for entry in wanted.values()}
    people = set(session.exec(select(Person.login).where(col(Person.login).in_(acted))))
    return {
        int(entry.position or 0)
        for key, entry in wanted.items()
        if key not in kept
        or not _is_as_recorded(*kept[key], entry, by=entry.actor if entry.actor in people else None)
    }


def _version_of(entry: AuditEntry) -> tuple[UUID, int]:
    return UUID(entry.subject.rpartition("/")[2]), entry.facts["version"]


def _is_as_recorded(
    version: RegisterVersion, login: str | None, entry: AuditEntry, *, by: str | None
) -> bool:
    """Tell whether a version is the one that was recorded, then and by that person, if any."""
    return (
        version_digest(version) == entry.facts["digest"]
        and version.recorded_at == entry.happened_at
        and login == by
    )


def unrecorded(session: Session) -> Iterator[str]:
    """Yield what no audit entry commits to: versions without one, and entries unlike their last.

    A register's versions before its first that has an entry come from a table that had none.
    """
    about = col(RegisterVersion.register_code) + "/" + cast(col(RegisterVersion.entry_id), String)
    number = cast(col(RegisterVersion.version), String)
    is_chained = exists().where(
        col(AuditEntry.subject) == about,
        col(AuditEntry.action).in_(_RECORDED),
        col(AuditEntry.facts)["version"].as_string() == number,
    )
    firsts = (
        select(RegisterVersion.register_code, func.min(RegisterVersion.id).label("first"))
        .where(is_chained)
        .group_by(col(RegisterVersion.register_code))
        .subquery()
    )
    query = (
        select(RegisterVersion.register_code, RegisterVersion.entry_id, RegisterVersion.version)
        .join(firsts, firsts.c.register_code == RegisterVersion.register_code)
        .where(~is_chained, col(RegisterVersion.id) > firsts.c.first)
    )
    for code, entry_id, version in session.exec(query):
        yield f"{code}/{entry_id} ({version})"
    for register in registers():
        yield from _unlike(session, register)


def _unlike(session: Session, register: Register[Any]) -> Iterator[str]:
    """Yield the entries that are not as their last version says.

    Personal texts are in none. What a version does not know, as it is older, was empty then.
    """
    table = register.table
    query = (
        select(table, RegisterVersion)
        .outerjoin(
            RegisterVersion,
            (col(RegisterVersion.entry_id) == table.id)
            & (col(RegisterVersion.version) == table.version),
        )
        .execution_options(yield_per=_AT_ONCE, populate_existing=True)
    )
    for entry, version in session.exec(query):
        if version is None or not _is_like(register, entry, version):
            yield f"{register.code}/{entry.id}"


def _is_like(register: Register[Any], entry: RegisterRow, version: RegisterVersion) -> bool:
    known = json_ready({column.name: column.empty for column in register.columns}) | version.facts
    days = (entry.since, entry.ended_on) == (version.since, version.ended_on)
    return days and all(known[name] == value for name, value in facts_of(register, entry).items())
