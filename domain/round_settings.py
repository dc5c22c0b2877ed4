"""What the settings of a round mean, between which bounds each lies, and which of them add up.

Settings are nested as in ``domain.defaults``; flat, each is named by its path, as
``assessment.residents.weight``. Source: domain.md, wherever it says *default*.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from domain.defaults import DEFAULTS
from domain.errors import FieldsWrong
from domain.scoring import LEADING_PARTIES, PARTY_NAMES, Party
from domain.text import Text

Settings = dict[str, Any]


class Block(NamedTuple):
    """Settings that are read together; ``total`` is what their sum must be, if anything."""

    title: Text
    paths: tuple[str, ...]
    note: Text | None = None
    total: int | None = None


class Bounds(NamedTuple):
    """The least and the most, and whether only whole numbers count."""

    least: Decimal
    most: Decimal
    whole: bool


def flatten(held: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield each setting's path and value."""
    for name, value in held.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value)


def nest(flat: Mapping[str, Any]) -> Settings:
    """Return settings as they are stored, from their paths."""
    held: Settings = {}
    for path, value in flat.items():
        *above, name = path.split(".")
        inner = held
        for one in above:
            inner = inner.setdefault(one, {})
        inner[name] = value
    return held


_FLAT: Final = dict(flatten(DEFAULTS))
NAMES: Final[Mapping[str, Text]] = {
    "appraisal_quorum": Text("至少几人评分", "Appraisers at least"),
    "bid_window_days": Text("揭榜期（工作日）", "Bid window (working days)"),
    "extension_days": Text("无人揭榜时延长（工作日）", "Extension when nobody bids (working days)"),
    "openers": Text("开标人数", "Openers"),
    "panel_size": Text("评审组人数", "Panel members"),
    "dispersion_limit": Text(
        "成员评分相差超过多少分须复议", "Spread of members' marks that calls for a meeting (points)"
    ),
    "second_approval_above": Text("超过多少元须第二人批准", "Second approval above (yuan)"),
    "public_notice_days": Text("公示期（工作日）", "Public notice (working days)"),
    "objection_days": Text(
        "异议答复期限（工作日）", "Objections are answered within (working days)"
    ),
    "appeal_days": Text("异议申诉期（工作日）", "Time to appeal (working days)"),
    "spread_limit": Text(
        "各方相差超过多少分须复核", "Spread of the parties that is reviewed (points)"
    ),
    "grades.excellent": Text("优秀不低于", "Excellent from"),
    "grades.good": Text("良好不低于", "Good from"),
    "grades.pass": Text("合格不低于", "Pass from"),
    "credit_base": Text("基础分", "Credit begins at"),
    "credit_points.excellent": Text("优秀加分", "Points for excellent"),
    "credit_points.good": Text("良好加分", "Points for good"),
    "credit_points.fail": Text("不合格（负数）", "Points for a fail (negative)"),
    "credit_points.terminated": Text("项目被终止（负数）", "Points for a termination (negative)"),
    "credit_points.complaint": Text(
        "投诉属实（负数）", "Points for an upheld complaint (negative)"
    ),
    "credit_points.false_material": Text(
        "材料不实（负数）", "Points for false material (negative)"
    ),
    "credit_points.withdrawn": Text(
        "承榜后退出（负数）", "Points for withdrawing after the award (negative)"
    ),
    "complaint_days": Text(
        "投诉答复期限（工作日）", "Complaints are answered within (working days)"
    ),
    "amendment_percent": Text(
        "变更最多增加协议金额的百分比", "An amendment adds to the sum at most (percent)"
    ),
    "hearing_days": Text(
        "更换伙伴前的陈述期（工作日）",
        "Time to be heard before a partner is replaced (working days)",
    ),
    "late_days": Text(
        "里程碑逾期多少工作日启动整改", "Working days after which a late milestone is a finding"
    ),
    "recheck_days": Text("复查未过的补正期（工作日）", "More time after a recheck (working days)"),
    "conduct_reply_days": Text(
        "黑榜申辩期（工作日）", "Time to reply to a black entry (working days)"
    ),
    "conduct_months": Text("红黑榜有效期（月）", "An entry of the list lasts for (months)"),
    "repair_months": Text("多久后可申请修复（月）", "Repair may be asked for after (months)"),
    "qualified_credit": Text(
        "承接政府购买服务的最低信用分", "Least credit for purchased public services"
    ),
    "credit_months": Text("记录有效期（月）", "An entry counts for (months)"),
    **{
        f"assessment.{party}.minimum": Text(f"{name.zh}：至少几份", f"{name.en}: answers at least")
        for party, name in PARTY_NAMES.items()
        if f"assessment.{party}.minimum" in _FLAT
    },
    **{
        f"assessment.{party}.weight": name
        for party, name in PARTY_NAMES.items()
        if f"assessment.{party}.weight" in _FLAT
    },
    "residents_floor": Text(
        "居民评价不足时，最少份数最低可降到", "Too few residents: the minimum may be lowered to"
    ),
    "quota_by_grade.none": Text("不评级", "no grade"),
}
_PERCENT: Final = Bounds(Decimal("0.01"), Decimal(100), whole=False)
_SCORE: Final = Bounds(Decimal(0), Decimal(100), whole=False)
_GAIN: Final = Bounds(Decimal(0), Decimal(100), whole=False)
_LOSS: Final = Bounds(Decimal(-100), Decimal(0), whole=False)
_DAYS: Final = Bounds(Decimal(1), Decimal(60), whole=True)
_BOUNDS: Final[Mapping[str, Bounds]] = {
    "appraisal_quorum": Bounds(Decimal(1), Decimal(20), whole=True),
    "bid_window_days": Bounds(Decimal(3), Decimal(120), whole=True),
    "extension_days": Bounds(Decimal(1), Decimal(60), whole=True),
    "openers": Bounds(Decimal(2), Decimal(5), whole=True),
    "panel_size": Bounds(Decimal(3), Decimal(25), whole=True),
    "second_approval_above": Bounds(Decimal(0), Decimal(1_000_000_000), whole=False),
    "public_notice_days": Bounds(Decimal(1), Decimal(60), whole=True),
    "objection_days": _DAYS,
    "appeal_days": _DAYS,
    "residents_floor": Bounds(Decimal(1), Decimal(1000), whole=True),
    "spread_limit": _SCORE,
    "dispersion_limit": _SCORE,
    "credit_base": Bounds(Decimal(0), Decimal(1000), whole=False),
    "qualified_credit": Bounds(Decimal(0), Decimal(1000), whole=False),
    "credit_months": Bounds(Decimal(1), Decimal(120), whole=True),
    "complaint_days": _DAYS,
    "hearing_days": _DAYS,
    "amendment_percent": _SCORE,
    "late_days": Bounds(Decimal(0), Decimal(60), whole=True),
    "recheck_days": _DAYS,
    "conduct_reply_days": Bounds(Decimal(3), Decimal(60), whole=True),
    "conduct_months": Bounds(Decimal(1), Decimal(60), whole=True),
    "repair_months": Bounds(Decimal(0), Decimal(60), whole=True),
}


def bounds_of(path: str) -> Bounds:
    """Return between what a setting lies."""
    if path in _BOUNDS:
        return _BOUNDS[path]
    first, last = path.split(".")[0], path.rpartition(".")[2]
    if last == "minimum":
        return Bounds(Decimal(1), Decimal(1000), whole=True)
    if first == "grades":
        return _SCORE
    if first == "credit_points":
        return _GAIN if last in ("excellent", "good") else _LOSS
    if first == "quota_by_grade":
        return Bounds(Decimal(0), Decimal(100), whole=False)
    return _PERCENT


def _under(prefix: str) -> tuple[str, ...]:
    return tuple(path for path in _FLAT if path.startswith(f"{prefix}."))


def _party(party: Party) -> Block:
    name = PARTY_NAMES[party]
    title = Text(f"考榜：{name.zh}的评价标准", f"Assess: rubric of {name.en}")
    return Block(title, _under(f"assessment.{party}.rubric"), total=100)


_PARTIES: Final = tuple(party for party in Party if f"assessment.{party}.weight" in _FLAT)
BLOCKS: Final[tuple[Block, ...]] = (
    Block(Text("评榜：评分标准", "Evaluate: rubric"), _under("appraisal_rubric"), total=100),
    Block(Text("评榜", "Evaluate"), ("appraisal_quorum",)),
    Block(Text("发榜与揭榜", "Publish and bid"), ("bid_window_days", "extension_days", "openers")),
    Block(
        Text("承榜：评审标准", "Award: rubric"),
        _under("award_rubric"),
        Text("新榜单的默认标准，各榜单可以另定", "What new calls begin with; a call may differ"),
        total=100,
    ),
    Block(
        Text("承榜", "Award"),
        (
            *("panel_size", "dispersion_limit", "second_approval_above"),
            *("public_notice_days", "objection_days", "appeal_days"),
        ),
    ),
    Block(
        Text("考榜：四方权重", "Assess: weights of the parties"),
        tuple(f"assessment.{party}.weight" for party in _PARTIES),
        total=100,
    ),
    Block(
        Text("考榜：最少份数", "Assess: answers at least"),
        (*(f"assessment.{party}.minimum" for party in _PARTIES), "residents_floor"),
    ),
    *(_party(party) for party in _PARTIES),
    Block(
        Text("考榜：等次", "Assess: grades"),
        ("grades.excellent", "grades.good", "grades.pass", "spread_limit"),
    ),
    Block(
        Text("在办项目名额", "Concurrent projects"),
        _under("quota_by_grade"),
        Text(
            "按组织等级，联合体各按份额占用", "By grade; members of a consortium take their share"
        ),
    ),
    Block(
        Text("信用", "Credit"),
        ("credit_base", *_under("credit_points"), "credit_months", "qualified_credit"),
    ),
    Block(
        Text("实施与整改", "Delivery"),
        (
            *("complaint_days", "hearing_days", "late_days", "recheck_days"),
            "amendment_percent",
        ),
    ),
    Block(
        Text("红黑榜", "Conduct list"),
        ("conduct_reply_days", "conduct_months", "repair_months"),
    ),
)


def read_settings(sent: Mapping[str, str]) -> Settings:
    """Return settings as they are stored; raise FieldsWrong, which names every wrong one by path."""
    wrong: dict[str, Text] = {
        path: Text("没有这一项设置。", "There is no such setting.")
        for path in sent
        if path not in _FLAT
    }
    found: dict[str, Decimal] = {}
    for path in _FLAT:
        number = _number(sent.get(path, ""), bounds_of(path))
        if isinstance(number, Text):
            wrong[path] = number
        else:
            found[path] = number
    wrong |= _sums(found) | _order(found) | _lead(found)
    if wrong:
        raise FieldsWrong(wrong)
    return nest(
        {
            path: int(value) if isinstance(_at(path), int) else f"{value:f}"
            for path, value in found.items()
        }
    )


def _at(path: str) -> object:
    held: Any = DEFAULTS
    for name in path.split("."):
        held = held[name]
    return held


def _number(text: str, bounds: Bounds) -> Decimal | Text:
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


def _sums(found: Mapping[str, Decimal]) -> dict[str, Text]:
    """Return what is wrong with weights that do not add up, at the first of them."""
    wrong = {}
    for block in BLOCKS:
        values = [found[path] for path in block.paths if path in found]
        if block.total is None or len(values) < len(block.paths) or sum(values) == block.total:
            continue
        wrong[block.paths[0]] = Text(
            f"这几项合计须为 {block.total}，现为 {sum(values):f}。",
            f"These must sum to {block.total}; they sum to {sum(values):f}.",
        )
    return wrong


def _order(found: Mapping[str, Decimal]) -> dict[str, Text]:
    order = [found.get(f"grades.{name}") for name in ("excellent", "good", "pass")]
    known = [one for one in order if one is not None]
    if known == sorted(set(known), reverse=True):
        return {}
    return {
        "grades.excellent": Text(
            "优秀须高于良好，良好须高于合格。", "Excellent is above good, and good above pass."
        )
    }


def _lead(found: Mapping[str, Decimal]) -> dict[str, Text]:
    """Return what is wrong where Party organisations and residents do not lead the assessment."""
    leading = [f"assessment.{party}.weight" for party in LEADING_PARTIES]
    if any(path not in found for path in leading) or sum(found[path] for path in leading) >= 50:
        return {}
    return {
        leading[0]: Text(
            "街道社区党组织与居民的权重合计不得低于 50。",
            "Party organisations and residents together weigh at least 50.",
        )
    }


class Change(NamedTuple):
    """One setting that differs from the version before."""

    path: str
    before: str
    after: str


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return what differs between two versions."""
    held, now = dict(flatten(before)), dict(flatten(after))
    return tuple(
        Change(path, held.get(path, ""), now.get(path, ""))
        for path in _FLAT
        if held.get(path) != now.get(path)
    )
