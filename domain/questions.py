"""Questions of every type: the values of their fields, the answers, and their stored form."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Final, Generic, NamedTuple, TypeVar

from domain.dates import parse_date
from domain.errors import BadInput
from domain.quantities import plain_number
from domain.text import Text, many

V = TypeVar("V")
# Typed values, by the names of fields: a question's code, or its code and a part after a dot.
Given = Mapping[str, Sequence[str]]
# The stored form of an answer, which programs send too: text, a list, or text by its parts.
Kept = Any
_NUMBER: Final = re.compile(r"^-?\d{1,12}(\.\d{1,6})?$")
_SHA256: Final = re.compile(r"^[0-9a-f]{64}$")
_COMMUNITY: Final = re.compile(r"^[0-9]{12}$")
_MISSING: Final = Text("请填写。", "Fill this in.")
_MARK: Final = Text("请填写 0 到 100 的分数。", "A mark of 0 to 100.")
_CHOOSE: Final = Text("请选一个。", "Choose one.")
_OTHER: Final = Text("没有这一项。", "There is no such choice.")


class WrongAnswer(ValueError):
    """An error in an answer; ``part`` is the part of the question, if it has parts."""

    def __init__(self, text: Text, part: str = "") -> None:
        """Keep the sentence."""
        super().__init__(text.en)
        self.text, self.part = text, part


@dataclass(frozen=True, kw_only=True)
class Question(ABC, Generic[V]):
    """A question: its code names its field and its stored answer; an answer left open is None.

    ``text`` is the question in words, ``help`` an explanation beside it.
    """

    kind: ClassVar[str]
    code: str
    text: Text
    help: Text | None = None
    required: bool = True

    def read(self, given: Given) -> V | None:
        """Return the answer that was typed, None for none; raise WrongAnswer, which says what to do."""
        texts = [text.strip() for text in given.get(self.code, ()) if text.strip()]
        if texts:
            return self.read_texts(texts)
        if self.required:
            raise WrongAnswer(self.missing)
        return None

    @property
    def missing(self) -> Text:
        """Return what to do where a required answer is left open."""
        return _MISSING

    @abstractmethod
    def read_texts(self, texts: Sequence[str]) -> V:
        """Return the answer that these texts are, of which there is one or more."""

    def kept(self, value: V) -> Kept:
        """Return an answer as it is stored; ``read`` understands it once it is laid out as fields."""
        return str(value)

    def names(self) -> tuple[str, ...]:
        """Return the names of its fields."""
        return (self.code,)

    def choices(self) -> Mapping[str, Text]:
        """Return the choices by the values typed for them; empty where any value may be typed."""
        return {}


@dataclass(frozen=True, kw_only=True)
class Mark(Question[Decimal]):
    """A mark of 0 to 100 with two decimals at most; ``weight`` is its share in percent.

    With a ``scale`` one of its marks is chosen, by the words for it.
    """

    kind = "mark"
    weight: Decimal = Decimal(0)
    scale: tuple[tuple[int, Text], ...] = ()

    def choices(self) -> Mapping[str, Text]:
        """Return the marks of the scale."""
        return {str(points): text for points, text in self.scale}

    @property
    def missing(self) -> Text:
        """Return what to do without a mark."""
        return _CHOOSE if self.scale else _MARK

    def read_texts(self, texts: Sequence[str]) -> Decimal:
        """Return the mark."""
        mark = _decimal(texts[0])
        if mark is None or not 0 <= mark <= 100:
            raise WrongAnswer(self.missing)
        if mark != round(mark, 2):
            raise WrongAnswer(Text("至多 2 位小数。", "At most 2 decimals."))
        if self.scale and mark not in [points for points, _ in self.scale]:
            raise WrongAnswer(_CHOOSE)
        return mark


@dataclass(frozen=True, kw_only=True)
class _Optioned(Question[V]):
    options: Mapping[str, Text]

    def choices(self) -> Mapping[str, Text]:
        """Return the options."""
        return self.options

    def __hash__(self) -> int:
        return hash((self.code, tuple(self.options)))

    @property
    def missing(self) -> Text:
        """Return what to do where nothing is chosen."""
        return _CHOOSE

    def require_known(self, codes: Sequence[str]) -> None:
        """Raise WrongAnswer for a code that is no option."""
        if set(codes) - self.options.keys():
            raise WrongAnswer(_OTHER)


@dataclass(frozen=True, kw_only=True)
class ChoiceQuestion(_Optioned[str]):
    """One of several options."""

    kind = "choice"

    def read_texts(self, texts: Sequence[str]) -> str:
        """Return the code of the option."""
        if len(texts) > 1:
            raise WrongAnswer(_CHOOSE)
        self.require_known(texts)
        return texts[0]


@dataclass(frozen=True, kw_only=True)
class Several(_Optioned[tuple[str, ...]]):
    """As many options as ``most`` allows, in the order in which they are offered."""

    kind = "several"
    most: int | None = None

    def read_texts(self, texts: Sequence[str]) -> tuple[str, ...]:
        """Return the codes of the options."""
        self.require_known(texts)
        chosen = tuple(code for code in self.options if code in texts)
        if self.most is not None and len(chosen) > self.most:
            raise WrongAnswer(Text(f"至多选 {self.most} 项。", f"Choose no more than {self.most}."))
        return chosen

    def kept(self, value: tuple[str, ...]) -> Kept:
        """Return the codes."""
        return list(value)


@dataclass(frozen=True, kw_only=True)
class _Parted(_Optioned[V]):
    """A question with a field for each option."""

    def names(self) -> tuple[str, ...]:
        """Return the names of its fields."""
        return tuple(f"{self.code}.{option}" for option in self.options)

    def read(self, given: Given) -> V | None:
        """Return the answer of the numbers typed for the options."""
        numbers = {option: self._number(given, option) for option in self.options}
        if any(number is not None for number in numbers.values()):
            return self.read_numbers(numbers)
        if self.required:
            raise WrongAnswer(_MISSING)
        return None

    def read_texts(self, texts: Sequence[str]) -> V:
        """Raise WrongAnswer: its answer is a number for each option."""
        del texts
        raise WrongAnswer(_MISSING)

    @abstractmethod
    def read_numbers(self, numbers: Mapping[str, int | None]) -> V:
        """Return the answer of a number for each option, of which one or more is given."""

    def _number(self, given: Given, option: str) -> int | None:
        text = next(iter(given.get(f"{self.code}.{option}", ())), "").strip()
        if not text:
            return None
        number = _decimal(text)
        if number is None or number != int(number) or number < 0:
            raise WrongAnswer(Text("请填写整数。", "Enter a whole number."), option)
        return int(number)


@dataclass(frozen=True, kw_only=True)
class RankingQuestion(_Parted[tuple[str, ...]]):
    """The options in order, the first the best: each has a place, and no two the same."""

    kind = "ranking"

    def read_numbers(self, numbers: Mapping[str, int | None]) -> tuple[str, ...]:
        """Return the codes in order."""
        count = len(self.options)
        if sorted(number or 0 for number in numbers.values()) != list(range(1, count + 1)):
            raise WrongAnswer(
                Text(
                    f"请把 1 到 {count} 各填一次，1 为最优先。",
                    f"Give each of 1 to {count} once; 1 comes first.",
                )
            )
        return tuple(sorted(self.options, key=lambda option: numbers[option] or 0))

    def kept(self, value: tuple[str, ...]) -> Kept:
        """Return the place of each option."""
        return {option: str(place) for place, option in enumerate(value, start=1)}


@dataclass(frozen=True, kw_only=True)
class Points(_Parted[Mapping[str, int]]):
    """So many points, distributed over the options."""

    kind = "points"
    total: int = 10

    def read_numbers(self, numbers: Mapping[str, int | None]) -> Mapping[str, int]:
        """Return the points of each option."""
        points = {option: number or 0 for option, number in numbers.items()}
        if (given := sum(points.values())) != self.total:
            raise WrongAnswer(
                Text(
                    f"各项合计须为 {self.total} 分，现为 {given} 分。",
                    f"The points must sum to {self.total}; they sum to {given}.",
                )
            )
        return points

    def kept(self, value: Mapping[str, int]) -> Kept:
        """Return the points of each option."""
        return {option: str(points) for option, points in value.items()}


@dataclass(frozen=True, kw_only=True)
class Number(Question[Decimal]):
    """A number within bounds, with so many decimals at most."""

    kind = "number"
    least: Decimal = Decimal(0)
    most: Decimal = Decimal(1_000_000)
    places: int = 0
    unit: Text | None = None

    def read_texts(self, texts: Sequence[str]) -> Decimal:
        """Return the number."""
        number = _decimal(texts[0])
        if number is None or not self.least <= number <= self.most:
            raise WrongAnswer(
                Text(
                    f"请填写 {self.least} 到 {self.most} 的数。",
                    f"A number of {self.least} to {self.most}.",
                )
            )
        if number != round(number, self.places):
            raise WrongAnswer(
                Text(
                    f"至多 {self.places} 位小数。",
                    f"At most {many(self.places, 'decimal', 'decimals')}.",
                )
            )
        return number


@dataclass(frozen=True, kw_only=True)
class Day(Question[date]):
    """A day."""

    kind = "day"

    def read_texts(self, texts: Sequence[str]) -> date:
        """Return the day."""
        try:
            return parse_date(texts[0])
        except BadInput as error:
            raise WrongAnswer(Text(error.say("zh"), error.say("en"))) from None


@dataclass(frozen=True, kw_only=True)
class WordsQuestion(Question[str]):
    """A text, so many characters at most."""

    kind = "words"
    longest: int = 300
    rows: int = 3

    def read_texts(self, texts: Sequence[str]) -> str:
        """Return the words."""
        if len(texts[0]) > self.longest:
            raise WrongAnswer(
                Text(
                    f"太长了，至多 {self.longest} 个字。",
                    f"Too long: at most {self.longest} characters.",
                )
            )
        return texts[0]


class Attached(NamedTuple):
    """A file that was kept: its digest and its name."""

    sha256: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Photo(Question[tuple[Attached, ...]]):
    """Photos, as the upload keeps them: the digest and, after a blank, the name.

    Its field takes the files; those that are kept come back under ``.kept``.
    """

    kind = "photo"
    most: int = 3

    def names(self) -> tuple[str, ...]:
        """Return the names of its fields."""
        return (self.code, f"{self.code}.kept")

    def read(self, given: Given) -> tuple[Attached, ...] | None:
        """Return the photos that were kept."""
        kept = given.get(f"{self.code}.kept") or given.get(self.code, ())
        return super().read({self.code: kept})

    def read_texts(self, texts: Sequence[str]) -> tuple[Attached, ...]:
        """Return the photos."""
        photos = [Attached(*text.partition(" ")[::2]) for text in texts]
        if len(photos) > self.most:
            raise WrongAnswer(Text(f"至多 {self.most} 张。", f"{self.most} at most."))
        if not all(_SHA256.match(photo.sha256) and photo.name for photo in photos):
            raise WrongAnswer(Text("这张照片没有保存，请重新选择。", "Not kept; choose it again."))
        return tuple(photos)

    def kept(self, value: tuple[Attached, ...]) -> Kept:
        """Return the photos as they were typed."""
        return [f"{photo.sha256} {photo.name}" for photo in value]


class Spot(NamedTuple):
    """A community by its code, and a point in it by degrees, if one was given."""

    community: str
    lat: Decimal | None = None
    long: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class PlaceQuestion(Question[Spot]):
    """A community; a phone may add where exactly, as latitude and longitude."""

    kind = "place"

    def names(self) -> tuple[str, ...]:
        """Return the names of its fields."""
        return (self.code, f"{self.code}.lat", f"{self.code}.long")

    def read(self, given: Given) -> Spot | None:
        """Return the place."""
        spot = super().read(given)
        texts = [next(iter(given.get(name, ())), "").strip() for name in self.names()[1:]]
        if spot is None or not any(texts):
            return spot
        lat, long = (_decimal(text) for text in texts)
        if lat is None or long is None or abs(lat) > 90 or abs(long) > 180:
            text = Text(
                "位置无法识别，可以不填。", "The point is not understood; it may be left out."
            )
            raise WrongAnswer(text, "lat")
        return Spot(spot.community, lat, long)

    def read_texts(self, texts: Sequence[str]) -> Spot:
        """Return the community."""
        if not _COMMUNITY.match(texts[0]):
            raise WrongAnswer(Text("请选择社区。", "Choose the community."))
        return Spot(texts[0])

    def kept(self, value: Spot) -> Kept:
        """Return the code, and the point under its parts."""
        point = {} if value.lat is None else {"lat": str(value.lat), "long": str(value.long)}
        return {"": value.community} | point


def _decimal(text: str) -> Decimal | None:
    plain = plain_number(text, "分")
    return Decimal(plain) if _NUMBER.match(plain) else None
