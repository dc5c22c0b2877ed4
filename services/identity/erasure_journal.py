"""The journal of erasures, beside the database: a restored database of an earlier day lacks them.

A line names a person or a need by its id, and nothing else of them. The journal lies
with the heads of the audit chain, is copied with them, and is replayed before anything opens.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from sqlmodel import Session, col, select

from domain.errors import BadInput
from models import AuditEntry, Need, Person
from models.keyring import private
from models.settings import Settings
from services.identity.erasures import GONE, erase_need, erase_person
from services.identity.events import NeedErased

NAME: Final = "erasures.jsonl"
ACTOR: Final = "restore"
_KINDS: Final = {"person": Person, "need": Need}


class ErasedEntry(NamedTuple):
    """One erasure: ``kind`` is person or need, ``key`` its id."""

    kind: str
    key: str

    def line(self) -> str:
        """Return the entry as a line of the journal."""
        return json.dumps({"kind": self.kind, "key": self.key})


def journal_file(data_dir: Path) -> Path:
    """Return the journal of a data directory."""
    return data_dir / "audit" / NAME


def read_journal(path: Path) -> list[ErasedEntry]:
    """Return the entries of a journal; raise BadInput for a line that is none."""
    if not path.exists():
        return []
    entries = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        try:
            entry = ErasedEntry(**json.loads(line))
            UUID(entry.key)
            _KINDS[entry.kind]
            entries.append(entry)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise BadInput(
                zh=f"{path.name} 第 {number} 行不是注销记录。",
                en=f"Line {number} of {path.name} is no erasure.",
            ) from None
    return entries


def keep_journal(session: Session, settings: Settings) -> None:
    """Add new erasures to the journal and to its copy; raises OSError where that fails."""
    people = session.exec(
        select(Person.id).where(col(Person.erased_at).is_not(None)).order_by(col(Person.erased_at))
    ).all()
    needs = session.exec(
        select(Need.id)
        .join(AuditEntry, col(AuditEntry.subject) == Need.code)
        .where(AuditEntry.action == NeedErased.tag)
        .order_by(col(AuditEntry.id))
    ).all()
    erased = [ErasedEntry("person", str(person_id)) for person_id in people]
    erased += [ErasedEntry("need", str(need_id)) for need_id in dict.fromkeys(needs)]
    path = journal_file(settings.data_dir)
    for place in (path, *([settings.audit_copy_dir / NAME] if settings.audit_copy_dir else [])):
        cut_torn_line(place)
        known = set(read_journal(place))
        _append(place, [entry for entry in erased if entry not in known])


def cut_torn_line(path: Path) -> None:
    """Take off a last line that was not written to its end; what it said is written again."""
    if path.exists() and (content := path.read_bytes()) and not content.endswith(b"\n"):
        with path.open("r+b") as file:
            file.truncate(content.rfind(b"\n") + 1)


def _append(path: Path, entries: Iterable[ErasedEntry]) -> None:
    lines = [entry.line() for entry in entries]
    if not lines:
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(path, "a", opener=private) as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())


def replay_erasures(session: Session, entries: Iterable[ErasedEntry]) -> int:
    """Erase again whom and what the journal names; return how many were not erased any more.

    What hindered an erasure then, such as a seat on a panel, was over when it was done.
    """
    count = 0
    for entry in entries:
        if entry.kind == "person":
            person = session.get(Person, UUID(entry.key))
            if person and person.erased_at is None:
                erase_person(session, login=person.login, actor=ACTOR, again=True)
                count += 1
        else:
            need = session.get(Need, UUID(entry.key))
            if need and need.title != GONE:
                erase_need(session, code=need.code, actor=ACTOR, again=True)
                count += 1
    return count
