"""The settings of a round: each is a field, with its default, name, bounds and group.

Stored, settings are nested JSON; flat, each is named by its path, as ``assessment.residents.weight``.
Adding one is a field here and a migration that writes the value that held until then into every
stored version: reading has no defaults. Source: the district's rules, wherever it says *default*.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any, Final, NamedTuple

from domain.award.scoring import PARTY_NAMES, Party, PartyRule
from domain.conduct.conduct_list import CreditRule
from domain.text import Text

Stored = dict[str, Any]


class Bounds(NamedTuple):
    """The least and the most, and whether only whole numbers count."""

    least: Decimal
    most: Decimal
    whole: bool = False


class Setting(NamedTuple):
    """The declaration of a field; names, bounds and groups are by the path below it, if any."""

    default: Any
    read: Callable[[Any], Any]
    names: Mapping[str, Text]
    bounds: Callable[[str], Bounds]
    group: Callable[[str], str]


_PERCENT: Final = Bounds(Decimal("0.01"), Decimal(100))
_SCORE: Final = Bounds(Decimal(0), Decimal(100))


def _decimal(stored: Any) -> Decimal:
    return Decimal(str(stored))


def _decimals(stored: Mapping[str, Any]) -> dict[str, Decimal]:
    return {name: _decimal(value) for name, value in stored.items()}


def read_parties(stored: Mapping[str, Any]) -> dict[Party, PartyRule]:
    """Return the rules of an assessment's parties, as settings or an award keep them."""
    return {
        party: PartyRule(
            _decimal(stored[party]["weight"]),
            int(stored[party]["minimum"]),
            _decimals(stored[party]["rubric"]),
        )
        for party in Party
    }


def _field(setting: Setting) -> Any:
    return field(metadata={"setting": setting})


def _whole(default: int, zh: str, en: str, *, group: str, least: int = 1, most: int = 60) -> Any:
    bounds = Bounds(Decimal(least), Decimal(most), whole=True)
    names = {"": Text(zh, en)}
    return _field(Setting(default, int, names, lambda _: bounds, lambda _: group))


def _number(default: str, zh: str, en: str, *, group: str, most: int = 100) -> Any:
    bounds = Bounds(Decimal(0), Decimal(most))
    names = {"": Text(zh, en)}
    return _field(Setting(default, _decimal, names, lambda _: bounds, lambda _: group))


def _table(
    default: Mapping[str, str],
    *,
    group: str,
    bounds: Callable[[str], Bounds] = lambda _: _PERCENT,
    names: Mapping[str, Text] | None = None,
) -> Any:
    stored = dict(default)
    return _field(Setting(stored, _decimals, names or {}, bounds, lambda _: group))


def _party_bounds(path: str) -> Bounds:
    minimum = path.endswith(".minimum")
    return Bounds(Decimal(1), Decimal(1000), whole=True) if minimum else _PERCENT


def _party_group(path: str) -> str:
    """Group weights together, minimums together, and each party's rubric."""
    party, kind = path.split(".")[:2]
    return party if kind == "rubric" else kind


def _points_bounds(path: str) -> Bounds:
    gain = path in (CreditRule.EXCELLENT, CreditRule.GOOD)
    return _SCORE if gain else Bounds(Decimal(-100), Decimal(0))


PARTIES: Final[Mapping[Party, tuple[str, int, Mapping[str, str]]]] = {
    Party.PARTY_ORGANISATIONS: (
        "30",
        2,
        {"organisation": "40", "results": "40", "compliance": "20"},
    ),
    Party.RESIDENTS: ("30", 5, {"satisfaction": "60", "usefulness": "40"}),
    Party.DEPARTMENTS: ("20", 1, {"compliance": "50", "results": "50"}),
    Party.EXPERTS: ("20", 2, {"professional_quality": "60", "sustainability": "40"}),
}


def _parties() -> Any:
    stored = {
        party.value: {"weight": weight, "minimum": minimum, "rubric": dict(rubric)}
        for party, (weight, minimum, rubric) in PARTIES.items()
    }
    names = {f"{party}.weight": PARTY_NAMES[party] for party in PARTIES} | {
        f"{party}.minimum": Text(
            f"{PARTY_NAMES[party].zh}：至少几份", f"{PARTY_NAMES[party].en}: answers at least"
        )
        for party in PARTIES
    }
    return _field(Setting(stored, read_parties, names, _party_bounds, _party_group))


@dataclass(frozen=True)
class RoundRules:
    """A round's settings as a project goes by them; days are working days, amounts yuan."""

    appraisal_rubric: Mapping[str, Decimal] = _table(
        {
            "urgency": "30",
            "reach": "25",
            "public_value": "20",
            "feasibility": "15",
            "cost_effectiveness": "10",
        },
        group="appraisal_rubric",
    )
    appraisal_quorum: int = _whole(
        3, "至少几人评分", "Appraisers at least", group="evaluate", most=20
    )
    award_rubric: Mapping[str, Decimal] = _table(
        {
            "understanding": "20",
            "plan": "30",
            "team": "20",
            "price": "15",
            "track_record": "15",
        },
        group="award_rubric",
    )
    bid_window_days: int = _whole(
        10, "揭榜期（工作日）", "Bid window (working days)", group="bid", least=3, most=120
    )
    extension_days: int = _whole(
        5, "无人揭榜时延长（工作日）", "Extension when nobody bids (working days)", group="bid"
    )
    openers: int = _whole(2, "开标人数", "Openers", group="bid", least=2, most=5)
    panel_size: int = _whole(5, "评审组人数", "Panel members", group="award", least=3, most=25)
    dispersion_limit: Decimal = _number(
        "30",
        "成员评分相差超过多少分须复议",
        "Spread of members' marks that calls for a meeting (points)",
        group="award",
    )
    second_approval_above: Decimal = _number(
        "100000",
        "超过多少元须第二人批准",
        "Second approval above (yuan)",
        group="award",
        most=1_000_000_000,
    )
    public_notice_days: int = _whole(
        5, "公示期（工作日）", "Public notice (working days)", group="award"
    )
    objection_days: int = _whole(
        5, "异议答复期限（工作日）", "Objections are answered within (working days)", group="award"
    )
    appeal_days: int = _whole(
        3, "异议申诉期（工作日）", "Time to appeal (working days)", group="award"
    )
    assessment: Mapping[Party, PartyRule] = _parties()
    residents_floor: int = _whole(
        3,
        "居民评价不足时，最少份数最低可降到",
        "Too few residents: the minimum may be lowered to",
        group="minimum",
        most=1000,
    )
    grades: Mapping[str, Decimal] = _table(
        {"excellent": "90", "good": "75", "pass": "60"},
        group="grades",
        bounds=lambda _: _SCORE,
        names={
            "excellent": Text("优秀不低于", "Excellent from"),
            "good": Text("良好不低于", "Good from"),
            "pass": Text("合格不低于", "Pass from"),
        },
    )
    spread_limit: Decimal = _number(
        "30",
        "各方相差超过多少分须复核",
        "Spread of the parties that is reviewed (points)",
        group="grades",
    )
    quota_by_grade: Mapping[str, Decimal] = _table(
        {"none": "1", "1A": "1", "2A": "2", "3A": "3", "4A": "4", "5A": "6"},
        group="quota",
        bounds=lambda _: _SCORE,
        names={"none": Text("不评级", "no grade")},
    )
    credit_base: Decimal = _number("100", "基础分", "Credit begins at", group="credit", most=1000)
    credit_points: Mapping[str, Decimal] = _table(
        {
            "excellent": "8",
            "good": "4",
            "fail": "-15",
            "terminated": "-30",
            "complaint": "-5",
            "false_material": "-40",
            "withdrawn": "-20",
        },
        group="credit",
        bounds=_points_bounds,
        names={
            "excellent": Text("优秀加分", "Points for excellent"),
            "good": Text("良好加分", "Points for good"),
            "fail": Text("不合格（负数）", "Points for a fail (negative)"),
            "terminated": Text("项目被终止（负数）", "Points for a termination (negative)"),
            "complaint": Text("投诉属实（负数）", "Points for an upheld complaint (negative)"),
            "false_material": Text("材料不实（负数）", "Points for false material (negative)"),
            "withdrawn": Text(
                "承榜后退出（负数）", "Points for withdrawing after the award (negative)"
            ),
        },
    )
    credit_months: int = _whole(
        24, "记录有效期（月）", "An entry counts for (months)", group="credit", most=120
    )
    qualified_credit: Decimal = _number(
        "80",
        "承接政府购买服务的最低信用分",
        "Least credit for purchased public services",
        group="credit",
        most=1000,
    )
    complaint_days: int = _whole(
        10,
        "投诉答复期限（工作日）",
        "Complaints are answered within (working days)",
        group="deliver",
    )
    hearing_days: int = _whole(
        3,
        "更换伙伴前的陈述期（工作日）",
        "Time to be heard before a partner is replaced (working days)",
        group="deliver",
    )
    late_days: int = _whole(
        3,
        "里程碑逾期多少工作日启动整改",
        "Working days after which a late milestone is a finding",
        group="deliver",
        least=0,
    )
    resubmission_days: int = _whole(
        10,
        "里程碑退回后的补充期限（工作日）",
        "A milestone that was sent back is reported again within (working days)",
        group="deliver",
    )
    recheck_days: int = _whole(
        10,
        "复查未过的补正期（工作日）",
        "More time after a recheck (working days)",
        group="deliver",
    )
    amendment_percent: Decimal = _number(
        "10",
        "变更最多增加协议金额的百分比",
        "An amendment adds to the sum at most (percent)",
        group="deliver",
    )
    conduct_reply_days: int = _whole(
        5,
        "黑榜申辩期（工作日）",
        "Time to reply to a black entry (working days)",
        group="conduct",
        least=3,
    )
    conduct_months: int = _whole(
        12, "红黑榜有效期（月）", "An entry of the list lasts for (months)", group="conduct"
    )
    repair_months: int = _whole(
        6,
        "多久后可申请修复（月）",
        "Repair may be asked for after (months)",
        group="conduct",
        least=0,
    )


SETTINGS: Final[Mapping[str, Setting]] = {
    field.name: field.metadata["setting"] for field in fields(RoundRules)
}
# They seed a new round's settings; from then on the stored row counts.
DEFAULTS: Final[Stored] = {name: setting.default for name, setting in SETTINGS.items()}


def rules_of(stored: Mapping[str, Any]) -> RoundRules:
    """Return stored settings as a project goes by them; raise KeyError where one is missing."""
    return RoundRules(**{name: setting.read(stored[name]) for name, setting in SETTINGS.items()})
