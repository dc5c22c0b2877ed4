"""Import needs from a file: good rows in, wrong rows to quarantine with a sentence each.

Rows are taken in batches that commit, so that nobody waits for an import, and one that was ended
goes on where it was. The same file twice changes nothing. A row is known across files by what
identifies it; exact duplicates are merged: the first keeps the supporters of all, and the others
point to it. A need that comes back after it was answered is a new one and names the earlier.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import bindparam, insert, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, func, select

from domain.errors import BadInput, NotFound
from domain.text import Text
from models import ImportBatch, Need, QuarantinedRow
from models.locks import AdvisoryLock, one_at_a_time
from models.needs import NEED_NUMBERS, NeedStatus
from models.session import unit_of_work
from services.clock import now
from services.events.record import record
from services.needs.events import NeedsImported, RowMended
from services.needs.need_rows import NeedFacts, RowReader, WrongRow
from services.needs.read_needs import NeedFile, read_needs
from services.tables.read import Row

BATCH: Final = 2_000
_WAITING: Final = (NeedStatus.REGISTERED, NeedStatus.AWAITING_PLACE)
Progress = Callable[[int, int], None]


class Imported(NamedTuple):
    """What came of a file: its batch, the sheets that were not read, and rows of totals left out."""

    batch: ImportBatch
    others: tuple[str, ...]
    totals: tuple[int, ...]


def import_needs(
    *,
    path: Path,
    actor: str,
    sheet: str = "",
    mapping: Mapping[str, str] | None = None,
    progress: Progress = lambda *_: None,
) -> Imported:
    """Import a file and return its batch; the same rows again return the batch of that time.

    ``progress`` hears how many of how many rows are taken. Raises BadInput for a file that cannot
    be read as a whole.
    """
    file = read_needs(path, sheet=sheet, mapping=mapping)
    with unit_of_work() as session:
        batch = _begin(session, file, path.name)
        rows = list(RowReader(session, file.source).read(file)) if not batch.finished_at else []
    while batch.finished_at is None:
        with unit_of_work() as session:
            batch = _go_on(session, batch.id, rows, actor)
        progress(batch.done, batch.rows)
    return Imported(batch, file.others, file.totals)


def _begin(session: Session, file: NeedFile, name: str) -> ImportBatch:
    """Return the batch of these rows: begun before, or new."""
    one_at_a_time(session, AdvisoryLock.IMPORTING)
    digest = file.digest
    if import_batch := session.exec(
        select(ImportBatch).where(ImportBatch.sha256 == digest)
    ).first():
        return import_batch
    batch = ImportBatch(
        filename=name,
        sha256=digest,
        source=file.source,
        sheet=file.sheet,
        rows=len(file.rows),
        imported_at=now(session),
    )
    session.add(batch)
    session.flush()
    return batch


def _go_on(
    session: Session, batch_id: UUID, rows: Sequence[NeedFacts | WrongRow], actor: str
) -> ImportBatch:
    """Take the next rows of a batch; after the last, finish it."""
    one_at_a_time(session, AdvisoryLock.IMPORTING)
    batch = session.get_one(ImportBatch, batch_id, with_for_update=True, populate_existing=True)
    if batch.finished_at is not None:
        return batch
    some = list(islice(rows, batch.done, batch.done + BATCH))
    Taking(session, batch).take(some)
    batch.done += len(some)
    if batch.done >= batch.rows:
        batch.finished_at = now(session)
        record(
            session,
            NeedsImported(
                rows=batch.rows,
                imported=batch.imported,
                known=batch.known,
                changed=batch.changed,
                merged=batch.merged,
                quarantined=batch.quarantined,
            ),
            about=batch.sha256[:12],
            by=actor,
            at=batch.imported_at,
        )
    session.flush()
    return batch


def next_codes(session: Session, year: int, count: int) -> list[str]:
    """Return the codes of the next needs; a number that is not used then is never used."""
    numbers = session.exec(
        select(func.nextval(NEED_NUMBERS.name)).select_from(func.generate_series(1, count))
    ).all()
    return [f"N-{year}-{number:06d}" for number in sorted(numbers)]


def next_code(session: Session, year: int) -> str:
    """Return the next need's code."""
    return next_codes(session, year, 1)[0]


class _Earlier(NamedTuple):
    """A need that was registered before."""

    id: UUID
    stated: int | None
    status: NeedStatus
    merged_into: UUID | None


_KNOWN_BY: Final = (col(Need.id), col(Need.stated), col(Need.status), col(Need.merged_into))


class Taking:
    """Takes rows into one batch, in one transaction, with a few statements for all of them."""

    def __init__(self, session: Session, batch: ImportBatch) -> None:
        """Count in ``batch``."""
        self.session, self.batch = session, batch
        self._new: list[dict[str, Any]] = []
        self._more: dict[UUID, int] = {}

    def take(self, rows: Sequence[NeedFacts | WrongRow]) -> None:
        """Take rows: new, known, changed, merged or wrong, each counted once."""
        good = [row for row in rows if isinstance(row, NeedFacts)]
        self._set_aside([row for row in rows if isinstance(row, WrongRow)])
        known = set(self._known([facts.reference for facts in good]))
        fresh, again = [], []
        for facts in good:
            if facts.reference in known:
                again.append(facts)
            else:
                known.add(facts.reference)
                fresh.append((uuid4(), facts))
        self._register(fresh)
        # Read again: a row of this file may be met by a later one of it.
        earlier = self._known([facts.reference for facts in again])
        for facts in again:
            earlier[facts.reference] = self._meet_again(facts, earlier[facts.reference])
        self._add_supporters()

    def _known(self, references: Sequence[str]) -> dict[str, _Earlier]:
        rows = self.session.execute(
            sa_select(*_KNOWN_BY, col(Need.source_ref)).where(
                col(Need.source) == self.batch.source, col(Need.source_ref).in_(references)
            )
        ).all()
        return {ref: _Earlier(*earlier) for *earlier, ref in rows}

    def _meet_again(self, row: NeedFacts, earlier: _Earlier) -> _Earlier:
        """Count a row that was taken before, keep its changes, and return its present state."""
        more = row.supporters - (earlier.stated or 0)
        closes = row.closed and earlier.status in _WAITING
        if not (more or closes):
            self.batch.known += 1
            return earlier
        self.batch.changed += 1
        self._add(earlier.merged_into or earlier.id, more)
        values: dict[str, Any] = {"stated": row.supporters}
        if closes:
            values["status"] = NeedStatus.ANSWERED
        self.session.execute(update(Need).where(col(Need.id) == earlier.id).values(**values))
        if earlier.merged_into:
            self._add(earlier.id, more)
        status = NeedStatus.ANSWERED if closes else earlier.status
        return earlier._replace(stated=row.supporters, status=status)

    def _register(self, rows: Sequence[tuple[UUID, NeedFacts]]) -> None:
        if not rows:
            return
        alike = self._alike([facts.fingerprint for _, facts in rows])
        at = now(self.session)
        codes = next_codes(self.session, self.batch.imported_at.year, len(rows))
        for code, (need_id, row) in zip(codes, rows, strict=True):
            first = alike.get(row.fingerprint)
            merges = first is not None and first.status in _WAITING and not row.closed
            status = NeedStatus.REGISTERED if row.community else NeedStatus.AWAITING_PLACE
            if row.closed:
                status = NeedStatus.ANSWERED
            if merges and first:
                status = NeedStatus.MERGED
                self.batch.merged += 1
                self._add(first.id, row.supporters)
            else:
                self.batch.imported += 1
                alike[row.fingerprint] = _Earlier(need_id, row.supporters, status, None)
            self._new.append(
                {
                    "id": need_id,
                    "code": code,
                    "title": row.title,
                    "description": row.description,
                    "category": row.category,
                    "street_code": row.community.street_code if row.community else None,
                    "community_code": row.community.code if row.community else None,
                    "place_text": row.place,
                    "supporters": row.supporters,
                    "stated": row.supporters,
                    "reported_on": row.reported_on,
                    "status": status,
                    "merged_into": first.id if merges and first else None,
                    "earlier_id": first.id if first and not merges else None,
                    "lat": row.lat,
                    "long": row.long,
                    "fingerprint": row.fingerprint,
                    "batch_id": self.batch.id,
                    "source": self.batch.source,
                    "source_ref": row.reference,
                    "created_at": at,
                }
            )
        self.session.execute(insert(Need), self._new)
        self._new = []

    def _alike(self, fingerprints: Sequence[str]) -> dict[str, _Earlier]:
        """Return for each digest the need that says the same: one that waits, or the newest."""
        rows = self.session.execute(
            sa_select(*_KNOWN_BY, col(Need.fingerprint))
            .where(col(Need.fingerprint).in_(fingerprints), col(Need.status) != NeedStatus.MERGED)
            .order_by(col(Need.status).in_(_WAITING), col(Need.code))
        ).all()
        return {fingerprint: _Earlier(*rest) for *rest, fingerprint in rows}

    def _add(self, need_id: UUID, more: int) -> None:
        self._more[need_id] = self._more.get(need_id, 0) + more

    def _add_supporters(self) -> None:
        """Add the supporters at the end, in one order, so that nobody waits long for a need."""
        changes = [
            {"need": need, "more": more} for need, more in sorted(self._more.items()) if more
        ]
        if changes:
            statement = (
                update(Need)
                .where(col(Need.id) == bindparam("need"))
                .values(supporters=func.greatest(0, col(Need.supporters) + bindparam("more")))
            )
            self.session.connection().execute(statement, changes)
        self._more = {}

    def _set_aside(self, rows: Sequence[WrongRow]) -> None:
        """Put wrong rows into quarantine, each once; one that was mended since then is known."""
        if not rows:
            return
        mended_at = dict(
            self.session.exec(
                select(QuarantinedRow.row_key, QuarantinedRow.mended_at)
                .join(ImportBatch, col(ImportBatch.id) == QuarantinedRow.batch_id)
                .where(
                    ImportBatch.source == self.batch.source,
                    col(QuarantinedRow.row_key).in_([row.key for row in rows]),
                )
            ).all()
        )
        at = now(self.session)
        for row in rows:
            if mended_at.get(row.key) is not None:
                self.batch.known += 1
                continue
            self.batch.quarantined += 1
            if row.key not in mended_at:
                self.session.add(
                    QuarantinedRow(
                        batch_id=self.batch.id,
                        row=row.row.number,
                        column=row.wrong.column,
                        rule=row.wrong.rule,
                        zh=row.wrong.text.zh,
                        en=row.wrong.text.en,
                        data=row.row.values,
                        row_key=row.key,
                        quarantined_at=at,
                    )
                )
        self.session.flush()


def _equal_rows(session: Session, batch: UUID, digest: str) -> int:
    """Return how many rows of a file are known by this digest: a mended one is one more."""
    query = select(func.count()).select_from(Need).where(Need.batch_id == batch)
    return session.exec(query.where(col(Need.source_ref).startswith(f"{digest}:"))).one()


def mend_row(
    session: Session, *, row_id: UUID, changes: dict[str, str], actor: str
) -> QuarantinedRow:
    """Import a quarantined row after its mending; raise BadInput while it is still wrong."""
    one_at_a_time(session, AdvisoryLock.IMPORTING)
    row = session.get(QuarantinedRow, row_id, with_for_update=True)
    if row is None:
        raise NotFound(what=Text("待修正行", "quarantined row"), key=str(row_id))
    if row.mended_at is not None:
        raise BadInput(zh="这一行已经修正并导入。", en="This row was mended and imported already.")
    batch = session.get_one(ImportBatch, row.batch_id, with_for_update=True)
    values = {**row.data, **changes}
    reader = RowReader(session, batch.source, taken=partial(_equal_rows, session, batch.id))
    read = reader.read_row(Row(row.row, values))
    if isinstance(read, WrongRow):
        raise BadInput(zh=read.wrong.text.zh, en=read.wrong.text.en)
    batch.quarantined -= 1
    Taking(session, batch).take([read])
    row.data, row.mended_at = values, reader.at
    record(session, RowMended(row=row.row), about=batch.sha256[:12], by=actor, at=reader.at)
    session.flush()
    return row
