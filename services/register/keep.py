"""Keep a register: add, change and end entries; every state of an entry is a version."""

import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, Final, TypeVar, cast
from uuid import UUID

from pydantic import Field
from sqlalchemy import func, inspect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstanceState
from sqlmodel import Session, col, select

from domain.canonical import digest, json_ready
from domain.errors import BadInput, ChangedMeanwhile, FieldsWrong, NotFound, NotPermitted
from domain.text import Text
from models import Person, RegisterVersion
from models.register import RegisterRow
from models.shapes import Command
from services.clock import now
from services.events.record import record
from services.identity.actors import Actor
from services.register.columns import FIRST_DAY, LAST_DAY, Meant, Reference, unknown
from services.register.declaration import EntryTaken, Register
from services.register.entries import EntryLine, read_entry, today
from services.register.events import EntryRecorded
from services.register.sight import Sight, require_keeper

Entry = TypeVar("Entry", bound=RegisterRow)
# For each reference by its name: what the texts typed for it mean.
Ids = Mapping[str, Meant]
OUTSIDE: Final = Text(
    "这一条不在您负责的范围内。", "this entry lies outside what you are responsible for."
)


class EntryEnd(Command):
    """The first day on which an entry counts no more; today where none is given."""

    ended_on: date | None = Field(
        default=None,
        ge=FIRST_DAY,
        le=LAST_DAY,
        description="First day on which it counts no more.",
    )


def add_entry(
    session: Session, register: Register[Entry], *, actor: Actor, sent: EntryTaken
) -> Entry:
    """Add an entry; raise FieldsWrong, BadInput for one that is there, NotPermitted or ProofNeeded."""
    sight = require_keeper(session, register, actor, proved=True)
    entry = new_entry(register, today(session))
    fill_entry(register, entry, sent, ids_of(session, register, [sent]))
    write_entry(session, register, entry, actor)
    require_inside(session, sight, [entry.id])
    return entry


def change_entry(
    session: Session,
    register: Register[Entry],
    *,
    actor: Actor,
    entry_id: UUID,
    version: int | None,
    sent: EntryTaken,
) -> Entry:
    """Change an entry, or take its end back; ``version`` is the one that was read.

    Raises as ``add_entry``, NotFound, or ChangedMeanwhile where somebody else has changed it.
    """
    sight = require_keeper(session, register, actor, proved=True)
    entry: Entry = _locked(session, sight, entry_id)
    if version is not None and entry.version != version:
        raise ChangedMeanwhile
    fill_entry(register, entry, sent, ids_of(session, register, [sent]))
    write_entry(session, register, entry, actor)
    require_inside(session, sight, [entry.id])
    return entry


def end_entry(
    session: Session, register: Register[Entry], *, actor: Actor, entry_id: UUID, sent: EntryEnd
) -> None:
    """End an entry; acts done while it counted stay. Raises as ``change_entry``."""
    sight = require_keeper(session, register, actor, proved=True)
    entry = _locked(session, sight, entry_id)
    day = today(session)
    if entry.ended_on and entry.ended_on <= day:
        raise BadInput(zh="这一条已经结束。", en="This entry has ended already.")
    entry.ended_on = sent.ended_on or day
    write_entry(session, register, entry, actor)


def entry_to_change(
    session: Session, register: Register[Any], *, actor: Actor, entry_id: UUID
) -> EntryLine:
    """Return an entry that somebody may change, to be shown; raise NotPermitted or NotFound."""
    require_keeper(session, register, actor)
    line = read_entry(session, register, actor=actor, entry_id=entry_id)
    if not line.may_keep:
        raise NotPermitted(zh=OUTSIDE.zh, en=OUTSIDE.en)
    return line


def _locked(session: Session, sight: Sight, entry_id: UUID) -> Any:
    """Return an entry that somebody may change, locked; raise NotFound or NotPermitted."""
    table = sight.register.table
    entry = session.exec(
        select(table).where(table.id == entry_id, sight.where).with_for_update()
    ).first()
    if entry is None:
        raise NotFound(what=sight.register.title, key=str(entry_id)[:8])
    session.refresh(entry)
    require_inside(session, sight, [entry_id])
    return entry


def require_inside(session: Session, sight: Sight, ids: Iterable[UUID]) -> None:
    """Raise NotPermitted unless these entries, as they are now, are somebody's to keep."""
    wanted = list(ids)
    table = sight.register.table
    query = select(func.count()).select_from(table).where(col(table.id).in_(wanted), sight.keeps)
    if session.exec(query).one() != len(wanted):
        raise NotPermitted(zh=OUTSIDE.zh, en=OUTSIDE.en)


def ids_of(session: Session, register: Register[Any], commands: Iterable[EntryTaken]) -> Ids:
    """Return what the texts typed for references mean, read at once."""
    several = list(commands)
    ids: dict[str, Meant] = {}
    for name, column in register.named.items():
        if isinstance(column, Reference):
            texts = {text for sent in several if (text := getattr(sent, name))}
            ids[name] = column.to.meant_by(session, texts) if texts else Meant({})
    return ids


def new_entry(register: Register[Entry], since: date) -> Entry:
    """Return an entry that is not filled in yet and counts from a day on."""
    return register.table(since=since)


def fill_entry(
    register: Register[Any],
    entry: RegisterRow,
    sent: EntryTaken,
    ids: Ids,
    only: Collection[str] | None = None,
) -> None:
    """Put the sent values into an entry, of a row of a file ``only`` those that it tells.

    Raises FieldsWrong for a reference that is unknown, or to an ended entry.
    """
    wrong: dict[str, Text] = {}
    for name, column in register.named.items():
        if only is not None and name not in only:
            continue
        value = getattr(sent, name)
        if isinstance(column, Reference) and value is not None:
            sent_text = value
            value = ids[name].points_to(sent_text, getattr(entry, column.stored))
            if value is None:
                wrong[name] = unknown(column, ids[name], sent_text)
                continue
        setattr(entry, column.stored, column.exact(value))
    entry.since = sent.since or entry.since
    if only is None or "ended_on" in only:
        entry.ended_on = sent.ended_on
    if wrong:
        raise FieldsWrong(wrong)


def write_entry(
    session: Session,
    register: Register[Any],
    entry: RegisterRow,
    actor: Actor | None,
    *,
    by: str = "",
    checked: bool = True,
) -> bool:
    """Record an entry as it stands, with a version and an audit entry; tell whether it differs.

    The only writer of entries and versions; an erasure is not ``checked``. Raises FieldsWrong for
    what the checks find, BadInput for what a unique constraint refuses, or ChangedMeanwhile.
    """
    before = _last(session, entry)
    facts = facts_of(register, entry)
    changed = _changed(register, entry, before, facts)
    if not changed:
        return False
    if checked:
        check_entry(session, register, entry)
    entry.version += 1
    _flush(session, register, entry)
    at = now(session)
    version = RegisterVersion(
        register_code=register.code,
        entry_id=entry.id,
        version=entry.version,
        since=entry.since,
        ended_on=entry.ended_on,
        facts=facts,
        changed=changed,
        recorded_at=at,
        recorded_by=actor.person_id if actor else _person_called(session, by),
        salt=secrets.token_hex(16),
    )
    _add_version(session, version)
    event = EntryRecorded(
        what=_what(changed, entry), version=version.version, digest=version_digest(version)
    )
    about = f"{register.code}/{entry.id}"
    record(session, event, about=about, by=actor.login if actor else by, at=at)
    session.flush()
    return True


def _person_called(session: Session, login: str) -> UUID | None:
    """Return the person of a login; None for the platform itself."""
    return session.exec(select(Person.id).where(Person.login == login)).first()


def _add_version(session: Session, version: RegisterVersion) -> None:
    """Add a version; raise ChangedMeanwhile where somebody else has recorded this one."""
    try:
        with session.begin_nested():
            session.add(version)
            session.flush()
    except IntegrityError as error:
        if _constraint(error) != "register_version_once":
            raise
        raise ChangedMeanwhile from None


def _constraint(error: IntegrityError) -> str:
    return getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""


def version_digest(version: RegisterVersion) -> str:
    """Return the digest that the audit chain holds of a version."""
    told = [version.salt, version.register_code, version.entry_id, version.version]
    return digest([*told, version.since, version.ended_on, version.facts, version.changed])


def _last(session: Session, entry: RegisterRow) -> RegisterVersion | None:
    if not entry.version:
        return None
    query = select(RegisterVersion).where(
        RegisterVersion.entry_id == entry.id, RegisterVersion.version == entry.version
    )
    with session.no_autoflush:
        return session.exec(query).one()


def facts_of(register: Register[Any], entry: RegisterRow) -> dict[str, Any]:
    """Return what a version keeps of an entry as it stands."""
    return json_ready(
        {
            column.name: getattr(entry, column.stored)
            for column in register.columns
            if column.keeps_text
        }
    )


def _changed(
    register: Register[Any],
    entry: RegisterRow,
    before: RegisterVersion | None,
    facts: Mapping[str, Any],
) -> list[str]:
    """Return the names of the columns that differ from the last version, in their order."""
    if before is None:
        return list(register.named)
    days = [name for name in ("since", "ended_on") if getattr(entry, name) != getattr(before, name)]
    return [
        *days,
        *(
            name
            for name, column in register.named.items()
            if (
                facts[name] != before.facts.get(name)
                if column.keeps_text
                else _is_modified(entry, column.stored)
            )
        ),
    ]


def _is_modified(entry: RegisterRow, attribute: str) -> bool:
    """Tell whether an attribute differs from what the database holds."""
    state = cast(InstanceState[Any], inspect(entry))
    history = state.attrs[attribute].history
    return bool(history.has_changes())


def _what(changed: list[str], entry: RegisterRow) -> Any:
    if entry.version == 1:
        return "added"
    return "ended" if changed == ["ended_on"] and entry.ended_on else "changed"


def check_entry(session: Session, register: Register[Any], entry: RegisterRow) -> None:
    """Raise FieldsWrong for an end before the beginning, and where the register's rules say so."""
    wrong: dict[str, Text] = {}
    if entry.ended_on and entry.ended_on < entry.since:
        wrong["ended_on"] = Text("不能早于起始日期。", "Not before the day since which it counts.")
    with session.no_autoflush:
        for check in register.checks:
            wrong |= check(session, entry)
    if wrong:
        raise FieldsWrong(wrong)


def _flush(session: Session, register: Register[Any], entry: RegisterRow) -> None:
    try:
        with session.begin_nested():
            session.add(entry)
            session.flush()
    except IntegrityError as error:
        if (name := _constraint(error)) not in register.taken:
            raise
        text = register.taken[name]
        raise BadInput(zh=text.zh, en=text.en) from None
