"""Settings of a round as people set them: flat by their paths, in blocks, checked, compared.

What they are is declared in ``domain.district.round_rules``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from domain.award.scoring import LEADING_PARTIES, PARTY_NAMES, Party
from domain.district.round_rules import DEFAULTS, PARTIES, SETTINGS, Bounds, Stored
from domain.errors import FieldsWrong
from domain.text import Text


class Block(NamedTuple):
    """Settings that are read together; ``total`` is what their sum must be, if anything."""

    title: Text
    paths: tuple[str, ...]
    note: Text | None = None
    total: int | None = None


def flatten(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield each setting's path and value."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value)


def nest(flat: Mapping[str, Any]) -> Stored:
    """Return settings as they are stored, from their paths."""
    nested: Stored = {}
    for path, value in flat.items():
        *above, name = path.split(".")
        inner = nested
        for part in above:
            inner = inner.setdefault(part, {})
        inner[name] = value
    return nested


_FLAT: Final = dict(flatten(DEFAULTS))
NAMES: Final[Mapping[str, Text]] = {
    f"{name}.{below}" if below else name: text
    for name, setting in SETTINGS.items()
    for below, text in setting.names.items()
}


def bounds_of(path: str) -> Bounds:
    """Return between what a setting lies."""
    name, _, below = path.partition(".")
    return SETTINGS[name].bounds(below)


def _paths(group: str) -> tuple[str, ...]:
    def of(path: str) -> str:
        name, _, below = path.partition(".")
        return SETTINGS[name].group(below)

    return tuple(path for path in _FLAT if of(path) == group)


def _block(
    group: str, zh: str, en: str, *, note: Text | None = None, total: int | None = None
) -> Block:
    return Block(Text(zh, en), _paths(group), note, total)


def _rubric(party: Party) -> Block:
    name = PARTY_NAMES[party]
    zh, en = f"考榜：{name.zh}的评价标准", f"Assess: rubric of {name.en}"
    return _block(party, zh, en, total=100)


BLOCKS: Final[tuple[Block, ...]] = (
    _block("appraisal_rubric", "评榜：评分标准", "Evaluate: rubric", total=100),
    _block("evaluate", "评榜", "Evaluate"),
    _block("bid", "发榜与揭榜", "Publish and bid"),
    _block(
        "award_rubric",
        "承榜：评审标准",
        "Award: rubric",
        note=Text(
            "新榜单的默认标准，各榜单可以另定", "What new calls begin with; a call may differ"
        ),
        total=100,
    ),
    _block("award", "承榜", "Award"),
    _block("weight", "考榜：四方权重", "Assess: weights of the parties", total=100),
    _block("minimum", "考榜：最少份数", "Assess: answers at least"),
    *(_rubric(party) for party in PARTIES),
    _block("grades", "考榜：等次", "Assess: grades"),
    _block(
        "quota",
        "在办项目名额",
        "Concurrent projects",
        note=Text(
            "按组织等级，联合体各按份额占用", "By grade; members of a consortium take their share"
        ),
    ),
    _block("credit", "信用", "Credit"),
    _block("deliver", "实施与整改", "Delivery"),
    _block("conduct", "红黑榜", "Conduct list"),
)


def read_settings(sent: Mapping[str, str]) -> Stored:
    """Return settings as they are stored; raise FieldsWrong, which names every wrong one by path."""
    wrong: dict[str, Text] = {
        path: Text("没有这一项设置。", "There is no such setting.")
        for path in sent
        if path not in _FLAT
    }
    numbers: dict[str, Decimal] = {}
    for path in _FLAT:
        number = _typed(sent.get(path, ""), bounds_of(path))
        if isinstance(number, Text):
            wrong[path] = number
        else:
            numbers[path] = number
    wrong |= _sums(numbers) | _order(numbers) | _lead(numbers)
    if wrong:
        raise FieldsWrong(wrong)
    return nest(
        {
            path: int(value) if isinstance(_at(path), int) else f"{value:f}"
            for path, value in numbers.items()
        }
    )


def _at(path: str) -> object:
    inner: Any = DEFAULTS
    for name in path.split("."):
        inner = inner[name]
    return inner


def _typed(text: str, bounds: Bounds) -> Decimal | Text:
    least, most = f"{bounds.least:f}", f"{bounds.most:f}"
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not bounds.least <= value <= bounds.most:
        return Text(f"请填写 {least} 到 {most} 的数。", f"A number from {least} to {most}.")
    if value != value.quantize(Decimal(1) if bounds.whole else Decimal("0.01")):
        return (
            Text("请填写整数。", "A whole number.")
            if bounds.whole
            else Text("最多两位小数。", "Two decimals at most.")
        )
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value


def _sums(numbers: Mapping[str, Decimal]) -> dict[str, Text]:
    """Return a sentence at the first weight of each block that does not add up."""
    wrong = {}
    for block in BLOCKS:
        values = [numbers[path] for path in block.paths if path in numbers]
        if block.total is None or len(values) < len(block.paths) or sum(values) == block.total:
            continue
        wrong[block.paths[0]] = Text(
            f"这几项合计须为 {block.total}，现为 {sum(values):f}。",
            f"These must sum to {block.total}; they sum to {sum(values):f}.",
        )
    return wrong


def _order(numbers: Mapping[str, Decimal]) -> dict[str, Text]:
    order = [numbers.get(f"grades.{name}") for name in ("excellent", "good", "pass")]
    known = [grade for grade in order if grade is not None]
    if known == sorted(set(known), reverse=True):
        return {}
    return {
        "grades.excellent": Text(
            "优秀须高于良好，良好须高于合格。", "Excellent is above good, and good above pass."
        )
    }


def _lead(numbers: Mapping[str, Decimal]) -> dict[str, Text]:
    """Return a sentence where Party organisations and residents do not lead the assessment."""
    leading = [f"assessment.{party}.weight" for party in LEADING_PARTIES]
    if any(path not in numbers for path in leading) or sum(numbers[path] for path in leading) >= 50:
        return {}
    return {
        leading[0]: Text(
            "街道社区党组织与居民的权重合计不得低于 50。",
            "Party organisations and residents together weigh at least 50.",
        )
    }


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One setting that differs from the version before."""

    path: str
    before: str
    after: str


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[SettingChange, ...]:
    """Return what differs between two versions."""
    was, now = dict(flatten(before)), dict(flatten(after))
    return tuple(
        SettingChange(path, was.get(path, ""), now.get(path, ""))
        for path in _FLAT
        if was.get(path) != now.get(path)
    )
