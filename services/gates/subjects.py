"""What a gate belongs to: what a process carries, read and locked by the process's kind."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from domain.errors import NotFound
from domain.identity.roles import Scope
from domain.text import Text
from models import Process
from services.gates.process_kits import process_kit
from services.identity.actors import Codes


def process_of(session: Session, process_id: UUID) -> Process:
    """Return the process with this id."""
    return session.get_one(Process, process_id)


def _read(session: Session, process: Process, *, lock: bool = False) -> Any:
    table = process_kit(process.definition).table
    return session.get_one(table, process.id, with_for_update=lock or None, populate_existing=True)


def find_subject(session: Session, process_id: UUID) -> Any:
    """Return what the process carries, as it is now."""
    return _read(session, process_of(session, process_id))


def lock_subject(session: Session, process_id: UUID) -> Any:
    """Return what the process carries, locked; with what it is about, which comes first."""
    process = process_of(session, process_id)
    if process.project_id and process.project_id != process.id:
        _read(session, process_of(session, process.project_id), lock=True)
    return _read(session, process, lock=True)


def subject_coded(session: Session, code: str) -> Any:
    """Return the subject with this code; raise NotFound."""
    process = session.exec(select(Process).where(Process.code == code)).one_or_none()
    if process is None:
        raise NotFound(what=Text("项目", "project"), key=code)
    return _read(session, process)


def subjects_of(session: Session, process_ids: Collection[UUID]) -> dict[UUID, Any]:
    """Return what several processes carry, in one query for each kind among them."""
    rows = session.exec(
        select(Process.id, Process.definition).where(col(Process.id).in_(set(process_ids)))
    )
    kinds: dict[str, list[UUID]] = defaultdict(list)
    for process_id, definition in rows:
        kinds[definition].append(process_id)
    subjects: dict[UUID, Any] = {}
    for definition, ids in kinds.items():
        table = process_kit(definition).table
        subjects |= {row.id: row for row in session.exec(select(table).where(table.id.in_(ids)))}
    return subjects


def codes_of(session: Session, process_id: UUID) -> Codes:
    """Return the codes by which roles are held for what a process carries."""
    process = process_of(session, process_id)
    codes = {Scope.DISTRICT: "*"}
    if process.street_code:
        codes[Scope.STREET] = process.street_code
    if process.community_code:
        codes[Scope.COMMUNITY] = process.community_code
    return codes
