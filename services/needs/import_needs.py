"""Import needs from a file: good rows in, wrong rows to quarantine with a sentence each.

The same file twice changes nothing. Exact duplicates are merged: the first keeps the supporters
of all, and the others point to it.
"""

import hashlib
from datetime import date
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlmodel import Session, func, select

from domain.calendar import BEIJING
from domain.categories import CATEGORY_NAMES, category_of, slug
from domain.dates import parse_date
from domain.errors import BadInput, NotFound
from domain.text import Text
from models import Community, ImportBatch, Need, QuarantinedRow
from models.needs import NeedStatus
from services.clock import now
from services.district.places import Places, RowWrong, short_street
from services.needs.read_needs import NeedFile, NeedRow, read_needs
from services.records import audit

_LONGEST_TITLE: Final = 120
_LOCK: Final = 7_202_614


def import_needs(session: Session, *, path: Path, actor: str) -> ImportBatch:
    """Import a file and return its batch; the same rows again return the batch of that time.

    Raises BadInput for a file that cannot be read as a whole.
    """
    read = read_needs(path)
    _one_at_a_time(session)
    if held := session.exec(select(ImportBatch).where(ImportBatch.sha256 == read.digest)).first():
        return held
    at = now(session)
    batch = ImportBatch(
        filename=path.name,
        sha256=read.digest,
        source=read.source,
        rows=len(read.rows),
        imported=0,
        merged=0,
        quarantined=0,
        imported_at=at,
    )
    session.add(batch)
    session.flush()
    _Importer(session, batch).take_all(read)
    audit(
        session,
        actor=actor,
        action="needs.imported",
        subject=batch.sha256[:12],
        at=at,
        rows=batch.rows,
        imported=batch.imported,
        merged=batch.merged,
        quarantined=batch.quarantined,
    )
    session.flush()
    return batch


def _one_at_a_time(session: Session) -> None:
    """Needs are numbered one after the other."""
    session.exec(select(func.pg_advisory_xact_lock(_LOCK))).one()


def next_code(session: Session, year: int) -> str:
    """Return the next need's code; until this transaction ends, nobody else gets one."""
    _one_at_a_time(session)
    return _code(year, session.exec(select(func.count()).select_from(Need)).one() + 1)


def _code(year: int, number: int) -> str:
    return f"N-{year}-{number:06d}"


class _Importer:
    def __init__(self, session: Session, batch: ImportBatch) -> None:
        self.session, self.batch = session, batch
        self.places = Places.read(session)
        self.at = now(session)
        self.today = self.at.astimezone(BEIJING).date()
        self.number = session.exec(select(func.count()).select_from(Need)).one()
        self.known: dict[str, Need] = {}

    def take_all(self, read: NeedFile) -> None:
        for row in read.rows:
            try:
                self.take(row)
            except RowWrong as wrong:
                self.batch.quarantined += 1
                self.session.add(
                    QuarantinedRow(
                        batch_id=self.batch.id,
                        row=row.number,
                        column=wrong.column,
                        rule=wrong.rule,
                        zh=wrong.text.zh,
                        en=wrong.text.en,
                        data=row.values,
                        quarantined_at=self.at,
                    )
                )
        self.session.flush()

    def take(self, row: NeedRow) -> None:
        values = row.values
        reference = values.get("reference") or f"{self.batch.sha256[:12]}:{row.number}"
        if self._is_known(reference):
            return
        community = self._place(values)
        need = Need(
            code=_code(self.today.year, self.number + 1),
            title=_title(values["title"]),
            description=values.get("description") or values["title"],
            category=self._category(values["category"]),
            street_code=community.street_code if community else None,
            community_code=community.code if community else None,
            place_text=values.get("place") or values.get("community") or "",
            supporters=_supporters(values.get("supporters", "")),
            reported_on=self._date(values["reported_on"]),
            status=NeedStatus.REGISTERED if community else NeedStatus.AWAITING_PLACE,
            fingerprint="",
            batch_id=self.batch.id,
            source=self.batch.source,
            source_ref=reference,
            created_at=self.at,
        )
        need.fingerprint = fingerprint(need)
        self._keep(need)

    def _is_known(self, reference: str) -> bool:
        if self.batch.source == "workbook":
            return False
        found = select(Need.id).where(
            Need.source == self.batch.source, Need.source_ref == reference
        )
        return self.session.exec(found).first() is not None

    def _keep(self, need: Need) -> None:
        first = self.known.get(need.fingerprint) or self._registered(need.fingerprint)
        if first:
            need.status, need.merged_into = NeedStatus.MERGED, first.id
            first.supporters += need.supporters
            self.batch.merged += 1
        else:
            self.known[need.fingerprint] = need
            self.batch.imported += 1
        self.number += 1
        self.session.add(need)

    def _registered(self, value: str) -> Need | None:
        return self.session.exec(
            select(Need).where(Need.fingerprint == value, Need.status != NeedStatus.MERGED)
        ).first()

    def _place(self, values: dict[str, str]) -> Community | None:
        if self.batch.source == "open311" and not values.get("community"):
            return None
        if not values.get("community"):
            raise RowWrong(
                "community",
                "community-missing",
                Text("没有填写社区，请补上社区名称。", "The community is missing; fill it in."),
            )
        return self.places.find(values["community"], short_street(values.get("street", "")))

    def _category(self, text: str) -> str:
        if self.batch.source == "open311":
            return slug(text)
        if code := category_of(text):
            return code
        names = "、".join(name.zh for name in CATEGORY_NAMES.values())
        raise RowWrong(
            "category",
            "category-unknown",
            Text(
                f"没有类别“{text}”，可用：{names}。",
                f"There is no category {text!r}; use one of {', '.join(CATEGORY_NAMES)}.",
            ),
        )

    def _date(self, text: str) -> date:
        try:
            day = parse_date(text)
        except BadInput as error:
            said = Text(error.say("zh"), error.say("en"))
            raise RowWrong("reported_on", "date-unreadable", said) from None
        if day > self.today:
            raise RowWrong(
                "reported_on",
                "date-future",
                Text(
                    f"日期 {day} 在今天之后，请核对年份。",
                    f"The date {day} is after today; check the year.",
                ),
            )
        return day


def fingerprint(need: Need) -> str:
    """Return the digest by which exact duplicates are known: text and place, spacing aside."""
    parts = (need.title, need.description, need.community_code or need.place_text)
    joined = "\x1f".join("".join(part.split()) for part in parts)
    return hashlib.sha256(joined.encode()).hexdigest()


def _title(text: str) -> str:
    if not text:
        raise RowWrong(
            "title",
            "title-missing",
            Text("没有填写需求标题，请用一句话写明需求。", "The title is missing; write one line."),
        )
    if len(text) > _LONGEST_TITLE:
        raise RowWrong(
            "title",
            "title-long",
            Text(
                f"标题有 {len(text)} 字，最多 {_LONGEST_TITLE} 字；请把细节写进描述。",
                f"The title has {len(text)} characters, {_LONGEST_TITLE} at most; "
                "move details into the description.",
            ),
        )
    return text


def _supporters(text: str) -> int:
    if not text:
        return 1
    if not text.isdecimal() or len(text) > 7 or not 1 <= int(text) <= 1_000_000:
        raise RowWrong(
            "supporters",
            "supporters-number",
            Text(
                f"反映人数“{text}”不是正整数，请填写数字（公式不会被计算）。",
                f"{text!r} is not a positive number of people; formulas are not evaluated.",
            ),
        )
    return int(text)


def mend_row(
    session: Session, *, row_id: UUID, changes: dict[str, str], actor: str
) -> QuarantinedRow:
    """Import a quarantined row after its mending; raise BadInput while it is still wrong."""
    row = session.get(QuarantinedRow, row_id, with_for_update=True)
    if row is None:
        raise NotFound(what="待修正行 / quarantined row", key=str(row_id))
    if row.mended_at is not None:
        raise BadInput(zh="这一行已经修正并导入。", en="This row was mended and imported already.")
    batch = session.get_one(ImportBatch, row.batch_id)
    values = {**row.data, **changes}
    _one_at_a_time(session)
    importer = _Importer(session, batch)
    try:
        importer.take(NeedRow(row.row, values))
    except RowWrong as wrong:
        raise BadInput(zh=wrong.text.zh, en=wrong.text.en) from None
    row.data, row.mended_at = values, importer.at
    audit(
        session,
        actor=actor,
        action="needs.mended",
        subject=batch.sha256[:12],
        at=importer.at,
        row=row.row,
    )
    session.flush()
    return row
