"""Take the rows of a file into a register: mapped, previewed, taken; wrong rows stay to be mended."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col

from domain.errors import BadInput, FieldsWrong, NotFound, NotPermitted
from domain.text import Lang, Text
from models import RegisterImport
from services.clock import now, real_now
from services.events.record import record
from services.identity.actors import Actor
from services.register.declaration import Register
from services.register.entries import today
from services.register.events import FileImported
from services.register.keep import (
    Ids,
    fill_entry,
    ids_of,
    new_entry,
    require_inside,
    write_entry,
)
from services.register.rows import Fit, JudgedRow, columns_of, judge_rows, what_is_wrong
from services.register.sight import Sight, require_keeper
from services.tables.read import Columns
from services.tables.uploaded import read_uploaded, require_size
from services.tables.write import Table

MOST_ROWS: Final = 2_000
LARGEST: Final = 4 * 1024 * 1024
_KEPT: Final = timedelta(days=30)


def receive_file(
    session: Session, register: Register[Any], *, actor: Actor, name: str, content: bytes
) -> UUID:
    """Keep the rows of a file until they are taken; nothing of the register changes yet.

    Raises BadInput for a file that cannot be read or is too long, and NotPermitted.
    """
    require_keeper(session, register, actor)
    require_size(name, content, LARGEST)
    table = read_uploaded(name, content, Columns(_headers(register), ()))
    if len(table.rows) > MOST_ROWS:
        raise BadInput(
            zh=f"{name} 有 {len(table.rows)} 行，一次至多 {MOST_ROWS} 行，请分成几个文件。",
            en=f"{name} has {len(table.rows)} rows; send {MOST_ROWS} at most, or split it.",
        )
    received = RegisterImport(
        register_code=register.code,
        filename=name,
        sheet=table.sheet,
        heads=list(table.heads),
        rows=[(row.number, list(row.cells)) for row in table.rows],
        mapping=dict(table.where),
        faults={str(row.number): row.wrong.both() for row in table.rows if row.wrong},
        totals=list(table.totals),
        others=list(table.others),
        uploaded_by=actor.person_id,
        uploaded_at=real_now(session),
    )
    session.add(received)
    session.flush()
    return received.id


def _headers(register: Register[Any]) -> dict[str, tuple[str, ...]]:
    """Return the headers by which each column is known."""
    columns = columns_of(register)
    return {name: (label.zh, label.en, name) for name, (label, _) in columns.items()}


def read_import(
    session: Session,
    register: Register[Any],
    *,
    actor: Actor,
    import_id: UUID,
    lock: bool = False,
) -> RegisterImport:
    """Return an import of the actor's; raise NotFound for another's, or NotPermitted."""
    require_keeper(session, register, actor)
    received = session.get(RegisterImport, import_id, with_for_update=lock, populate_existing=lock)
    mine = received is not None and received.uploaded_by == actor.person_id
    if received is None or not mine or received.register_code != register.code:
        raise NotFound(what=Text("导入的文件", "imported file"), key=str(import_id)[:8])
    return received


def map_columns(
    session: Session,
    register: Register[Any],
    *,
    actor: Actor,
    import_id: UUID,
    mapping: Mapping[str, int | None],
) -> None:
    """Say which place of a row is which column; raise FieldsWrong for one that is used twice."""
    received = read_import(session, register, actor=actor, import_id=import_id, lock=True)
    chosen = {
        name: place
        for name, place in mapping.items()
        if name in columns_of(register) and place is not None and place < len(received.heads)
    }
    places = list(chosen.values())
    twice = {name for name, place in chosen.items() if places.count(place) > 1}
    if twice:
        text = Text("同一列不能用两次。", "One column of the file cannot serve twice.")
        raise FieldsWrong(dict.fromkeys(twice, text))
    received.mapping = chosen
    session.flush()


def take_rows(
    session: Session, register: Register[Any], *, actor: Actor, import_id: UUID
) -> RegisterImport:
    """Take every good row, once; the others stay with the import, to be mended.

    Raises NotFound, NotPermitted for entries outside the actor's scope, ProofNeeded, or BadInput where
    it was done before.
    """
    sight = require_keeper(session, register, actor, proved=True)
    received = read_import(session, register, actor=actor, import_id=import_id, lock=True)
    if received.finished_at:
        raise BadInput(zh="这个文件已经导入过。", en="This file was imported already.")
    rows = judge_rows(session, register, received, actor=actor, lock=True)
    ids = ids_of(session, register, [row.sent for row in rows if row.sent])
    day = today(session)
    left = []
    for row in rows:
        if row.fit is Fit.NEW or row.fit is Fit.CHANGED:
            row = _take(session, sight, row, ids, day, actor)
        received.added += row.fit is Fit.NEW
        received.changed += row.fit is Fit.CHANGED
        received.known += row.fit is Fit.KNOWN
        left += [row] if row.fit is Fit.WRONG else []
    received.rows = [(row.number, list(row.cells)) for row in left]
    received.faults = {str(row.number): what_is_wrong(register, row).both() for row in left}
    received.finished_at = real_now(session)
    event = FileImported(
        added=received.added, changed=received.changed, known=received.known, left=len(left)
    )
    record(session, event, about=register.code, by=actor.login, at=now(session))
    session.flush()
    return received


def _take(
    session: Session,
    sight: Sight,
    row: JudgedRow,
    ids: Ids,
    day: date,
    actor: Actor,
) -> JudgedRow:
    """Record a row; one that the register refuses comes back as wrong."""
    assert row.sent is not None
    register = sight.register
    try:
        with session.begin_nested():
            entry = row.known or new_entry(register, day)
            fill_entry(register, entry, row.sent, ids, row.told)
            write_entry(session, register, entry, actor)
            require_inside(session, sight, [entry.id])
    except (BadInput, NotPermitted) as error:
        wrong = {"": Text(error.say("zh"), error.say("en"))}
        return row._replace(fit=Fit.WRONG, wrong=wrong)
    return row


def left_rows(
    session: Session, register: Register[Any], *, actor: Actor, import_id: UUID, lang: Lang
) -> Table:
    """Return the rows that were not taken, each with its errors, as a file to mend them in."""
    received = read_import(session, register, actor=actor, import_id=import_id)
    rows = judge_rows(session, register, received, actor=actor)
    heads = (*received.heads, Text("须修正", "to be mended").say(lang))
    width = len(received.heads)
    return Table(
        f"{register.code}-rows",
        heads,
        [
            (*_filled(row.cells, width), getattr(what_is_wrong(register, row), lang))
            for row in rows
            if row.fit is Fit.WRONG
        ],
    )


def _filled(cells: Sequence[str], width: int) -> list[str]:
    return [*cells[:width], *[""] * (width - len(cells))]


def forget_imports(session: Session) -> None:
    """Forget files that were sent a month ago."""
    before = real_now(session) - _KEPT
    session.execute(delete(RegisterImport).where(col(RegisterImport.uploaded_at) < before))
