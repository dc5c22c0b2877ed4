"""Whether a bidder may bid, computed and explained line by line.

Source: the district's rules, 揭榜.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from domain.text import Text

GRADES: Final = ("none", "1A", "2A", "3A", "4A", "5A")
STAGES: Final = ("grassroots", "filed", "registered")
STAGE_NAMES: Final = {
    "grassroots": Text("社区自组织", "grassroots"),
    "filed": Text("已备案", "filed"),
    "registered": Text("已登记", "registered"),
}

ALLIANCE_NAMES: Final = {
    "new_social": Text("新社会组织联盟", "new social organisations"),
    "volunteers": Text("志愿者联盟", "volunteers"),
    "legal": Text("法律工作者联盟", "legal workers"),
    "self_media": Text("自媒体联盟", "self-media"),
    "self_organisations": Text("自组织联盟", "self-organisations"),
}


@dataclass(frozen=True)
class Candidate:
    """One member of a bidder as the criteria see it.

    ``load`` and ``capacity`` count concurrent projects, ``share`` is this bid's part in percent.
    """

    name: str
    org_stage: str
    grade: str
    credit: Decimal
    suspended_until: date | None
    under_intervention: bool
    debarred_until: date | None
    serves: frozenset[str]
    load: Decimal
    capacity: Decimal
    share: Decimal


@dataclass(frozen=True)
class Criteria:
    """What a call demands: least legal stage, least grade, least credit, and whom it serves."""

    org_stage: str
    grade: str
    credit: Decimal
    community: str
    street: str


@dataclass(frozen=True, slots=True)
class EligibilityFinding:
    """One criterion for one member: whether it is met, and the sentence that explains it."""

    member: str
    rule: str
    met: bool
    reason: Text


def load_of(share: Decimal, *, alone: bool) -> Decimal:
    """Return how much of a project a membership counts: its share, at least a half."""
    return Decimal(1) if alone else max(share / 100, Decimal("0.5"))


def _at_least(order: Sequence[str], reached: str, wanted: str) -> bool:
    return order.index(reached) >= order.index(wanted)


def _grade(grade: str) -> Text:
    return Text("不评级", "none") if grade == "none" else Text(grade, grade)


def _free(zh: str, en: str, until: date | None, *, met: bool) -> Text:
    if met:
        return Text(f"不在{zh}内", f"not {en}")
    return Text(f"{zh}至 {until}，期间不得揭榜", f"{en} until {until}, may not bid")


def _suspended(candidate: Candidate, *, met: bool) -> Text:
    if candidate.under_intervention:
        return Text(
            "正在接受干预指导，期间不得承接新项目",
            "under intervention, takes on nothing new meanwhile",
        )
    return _free("暂停期", "suspended", candidate.suspended_until, met=met)


def explain(
    candidate: Candidate, criteria: Criteria, *, today: date, alone: bool
) -> list[EligibilityFinding]:
    """Return a finding for every criterion, met or not."""
    wanted = load_of(candidate.share, alone=alone)
    left = candidate.capacity - candidate.load
    stage, asked = STAGE_NAMES[candidate.org_stage], STAGE_NAMES[criteria.org_stage]
    free = {
        "suspended": not candidate.under_intervention
        and (candidate.suspended_until is None or candidate.suspended_until < today),
        "debarred": candidate.debarred_until is None or candidate.debarred_until <= today,
    }
    serves = bool(candidate.serves & {criteria.community, criteria.street, "*"})
    lines = (
        (
            "org_stage",
            _at_least(STAGES, candidate.org_stage, criteria.org_stage),
            Text(
                f"登记状态：{stage.zh}，至少{asked.zh}",
                f"stage: {stage.en}, at least {asked.en} wanted",
            ),
        ),
        (
            "grade",
            _at_least(GRADES, candidate.grade, criteria.grade),
            Text(
                f"等级：{_grade(candidate.grade).zh}，至少{_grade(criteria.grade).zh}",
                f"grade: {_grade(candidate.grade).en}, at least {_grade(criteria.grade).en} wanted",
            ),
        ),
        (
            "credit",
            candidate.credit >= criteria.credit,
            Text(
                f"信用分 {candidate.credit}，要求不低于 {criteria.credit}",
                f"credit is {candidate.credit}, at least {criteria.credit} wanted",
            ),
        ),
        ("suspended", free["suspended"], _suspended(candidate, met=free["suspended"])),
        (
            "debarred",
            free["debarred"],
            _free("黑榜期", "debarred", candidate.debarred_until, met=free["debarred"]),
        ),
        (
            "serves",
            serves,
            Text("服务范围覆盖该社区", "serves the community")
            if serves
            else Text("服务范围不含该社区", "does not serve the community"),
        ),
        (
            "quota",
            wanted <= left,
            Text(
                f"在办项目名额剩余 {left.normalize():f}，本次占用 {wanted.normalize():f}",
                f"{left.normalize():f} of the quota left, this bid takes {wanted.normalize():f}",
            ),
        ),
    )
    return [EligibilityFinding(candidate.name, rule, met, reason) for rule, met, reason in lines]
