"""What a row of a file says, as facts: checked, with a sentence for the first thing that is wrong."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from sqlmodel import Session

from domain.calendar import BEIJING
from domain.cells import visible
from domain.dates import parse_date
from domain.errors import BadInput
from domain.needs.categories import CATEGORY_NAMES, category_of, slug
from domain.quantities import parse_count
from domain.text import Text
from models import Community
from services.clock import now
from services.district.places import Places, RowWrong, short_street
from services.needs.read_needs import NeedFile
from services.tables.read import Row

_LONGEST_TITLE: Final = 120
_LONGEST_DESCRIPTION: Final = 20_000
_CLOSED: Final = "closed"


@dataclass(frozen=True)
class NeedFacts:
    """A good row. ``reference`` is what identifies it across files."""

    number: int
    reference: str
    title: str
    description: str
    category: str
    community: Community | None
    place: str
    supporters: int
    reported_on: date
    closed: bool
    lat: float | None
    long: float | None
    fingerprint: str


@dataclass(frozen=True)
class WrongRow:
    """A row that waits to be mended; ``key`` knows it again in another file."""

    row: Row
    wrong: RowWrong
    key: str


class RowReader:
    """Reads the rows of one source on one day."""

    def __init__(
        self, session: Session, source: str, *, taken: Callable[[str], int] = lambda _: 0
    ) -> None:
        """Read the places that count today.

        ``taken`` tells how many equal rows came before those that are read, where they do not begin
        a file.
        """
        self._taken = taken
        self.source, self.at = source, now(session)
        self._today = self.at.astimezone(BEIJING).date()
        self._find = cache(Places.read(session).find)
        self._times: Counter[str] = Counter()
        self._texts: dict[str, str] = {}

    def read(self, file: NeedFile) -> Iterator[NeedFacts | WrongRow]:
        """Give every row of a file, in order."""
        for row in file.rows:
            yield self.read_row(row)

    def read_row(self, row: Row) -> NeedFacts | WrongRow:
        """Return the facts of a row, or its error."""
        try:
            return self._facts(row)
        except RowWrong as wrong:
            return WrongRow(row, wrong, self._numbered(_digest(sorted(row.values.items()))))

    def _numbered(self, key: str) -> str:
        """Return a digest that tells the second of two equal rows from the first."""
        begin = key[:32]
        self._times[begin] += 1
        return f"{begin}:{self._taken(begin) + self._times[begin]}"

    def _facts(self, row: Row) -> NeedFacts:
        if row.wrong:
            raise RowWrong("*", "row-unreadable", row.wrong)
        values = row.values
        title = _title(values["title"])
        description = _description(values.get("description") or title)
        category = self._category(values["category"])
        community = self._place(values)
        place = visible(values.get("place") or values.get("community") or "")
        supporters = _supporters(values.get("supporters", ""))
        day = self._date(values["reported_on"])
        lat, long = _coordinates(values)
        where = community.code if community else place
        reference = values.get("reference") or self._numbered(
            _digest([title, description, where, category, day.isoformat()])
        )
        more: tuple[str, ...] = ()
        if self.source == "open311":
            # Many requests say no more than the name of their service.
            own = "" if description != title else reference
            more = (day.isoformat(), f"{lat},{long}", own)
        fingerprint = likeness(title, description, where, *more)
        if self._texts.setdefault(reference, fingerprint) != fingerprint:
            why = Text(
                f"编号“{reference}”在这份文件里已用于另一条需求，请改正编号。",
                f"The reference {reference!r} is another need's in this file; correct it.",
            )
            raise RowWrong("reference", "reference-twice", why)
        return NeedFacts(
            *(row.number, reference, title, description, category, community, place),
            *(supporters, day, values.get("status") == _CLOSED, lat, long),
            fingerprint,
        )

    def _place(self, values: dict[str, str]) -> Community | None:
        if self.source == "open311" and not values.get("community"):
            return None
        if not values.get("community"):
            raise RowWrong(
                "community",
                "community-missing",
                Text("没有填写社区，请补上社区名称。", "The community is missing; fill it in."),
            )
        return self._find(values["community"], short_street(values.get("street", "")))

    def _category(self, text: str) -> str:
        if self.source == "open311":
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
            why = Text(error.say("zh"), error.say("en"))
            raise RowWrong("reported_on", "date-unreadable", why) from None
        if day > self._today:
            raise RowWrong(
                "reported_on",
                "date-future",
                Text(
                    f"日期 {day} 在今天之后，请核对年份。",
                    f"The date {day} is after today; check the year.",
                ),
            )
        return day


def _digest(parts: Sequence[object]) -> str:
    joined = "\x1f".join("".join(str(part).split()) for part in parts)
    return hashlib.sha256(joined.encode()).hexdigest()


def likeness(title: str, description: str, place: str, *more: str) -> str:
    """Return the digest by which exact duplicates are known: text and place, spacing aside.

    ``more`` is what else tells two needs apart: of a request, its day and its coordinates.
    """
    return _digest([title, description, place, *more])


def _title(text: str) -> str:
    text = visible(text)
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


def _description(text: str) -> str:
    text = visible(text)
    if len(text) > _LONGEST_DESCRIPTION:
        raise RowWrong(
            "description",
            "description-long",
            Text(
                f"描述有 {len(text)} 字，最多 {_LONGEST_DESCRIPTION} 字，请缩短。",
                f"The description has {len(text)} characters, {_LONGEST_DESCRIPTION} at most.",
            ),
        )
    return text


def _supporters(text: str) -> int:
    if not text:
        return 1
    try:
        return parse_count(text)
    except BadInput as error:
        why = Text(error.say("zh"), error.say("en"))
        raise RowWrong("supporters", "supporters-number", why) from None


def coordinates(lat: str, long: str) -> tuple[float | None, float | None]:
    """Return latitude and longitude in degrees (WGS 84), or none where none are given.

    Raises BadInput for half a pair, and for a pair that is no place on the earth.
    """
    texts = (lat.strip(), long.strip())
    if not any(texts):
        return None, None
    try:
        north, east = (float(text) for text in texts)
    except ValueError:
        north = east = float("nan")
    if not (-90 <= north <= 90 and -180 <= east <= 180):
        given = " ".join(texts)[:60]
        raise BadInput(
            zh=f"坐标“{given}”不是经纬度（lat -90 到 90，long -180 到 180），请改正或删去。",
            en=f"{given!r} is no latitude (-90 to 90) and longitude (-180 to 180); mend or remove it.",
        )
    return north, east


def _coordinates(values: dict[str, str]) -> tuple[float | None, float | None]:
    try:
        return coordinates(values.get("lat", ""), values.get("long", ""))
    except BadInput as error:
        why = Text(error.say("zh"), error.say("en"))
        raise RowWrong("lat", "coordinates", why) from None
