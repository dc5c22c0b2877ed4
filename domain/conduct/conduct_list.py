"""The credit ledger and the conduct list 红黑榜: both follow from events, at any date.

Source: the district's rules, "Consequences".
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from domain import states
from domain.lifecycle import Stage
from domain.text import Text


class CreditRule(StrEnum):
    """What an event of the credit ledger is for; its points are the round's settings."""

    EXCELLENT = "excellent"
    GOOD = "good"
    FAIL = "fail"
    TERMINATED = "terminated"
    COMPLAINT = "complaint"
    FALSE_MATERIAL = "false_material"
    WITHDRAWN = "withdrawn"


RULE_NAMES: Final[Mapping[CreditRule, Text]] = {
    CreditRule.EXCELLENT: Text("考榜优秀", "assessed as excellent"),
    CreditRule.GOOD: Text("考榜良好", "assessed as good"),
    CreditRule.FAIL: Text("考榜不合格", "assessment failed"),
    CreditRule.TERMINATED: Text("项目被终止", "project terminated"),
    CreditRule.COMPLAINT: Text("投诉属实", "complaint upheld"),
    CreditRule.FALSE_MATERIAL: Text("材料不实", "false material"),
    CreditRule.WITHDRAWN: Text("承榜后退出", "withdrawn after the award"),
}


# What an assessment's grade enters; a plain pass enters nothing.
ASSESSED: Final[Mapping[str, CreditRule]] = {
    "excellent": CreditRule.EXCELLENT,
    "good": CreditRule.GOOD,
    "fail": CreditRule.FAIL,
}


class CreditEntry(NamedTuple):
    """An event as the score sees it: its points count from the day it happened until it expires."""

    points: Decimal
    happened_on: date
    expires_on: date


def score(base: Decimal, entries: Sequence[CreditEntry], *, on: date) -> Decimal:
    """Return the credit on a day: the base and every event that has happened and not yet faded."""
    return base + sum(
        (entry.points for entry in entries if entry.happened_on <= on < entry.expires_on),
        Decimal(0),
    )


class Colour(StrEnum):
    """Commended or debarred."""

    RED = "red"
    BLACK = "black"


COLOUR_NAMES: Final[Mapping[Colour, Text]] = {
    Colour.RED: Text("红榜", "red list"),
    Colour.BLACK: Text("黑榜", "black list"),
}


class Ground(StrEnum):
    """Why an entry is proposed."""

    EXCELLENT = "excellent"
    FAILED_TWICE = "failed_twice"
    TERMINATED = "terminated"
    FALSE_MATERIAL = "false_material"


GROUND_NAMES: Final[Mapping[Ground, Text]] = {
    Ground.EXCELLENT: Text(
        "考榜优秀、指标完成、无属实投诉", "excellent, indicators met, no upheld complaint"
    ),
    Ground.FAILED_TWICE: Text("24 个月内两次考榜不合格", "failed twice within 24 months"),
    Ground.TERMINATED: Text("项目被终止", "a project was terminated"),
    Ground.FALSE_MATERIAL: Text("提供虚假材料", "false material"),
}

_BLACK: Final[Mapping[CreditRule, Ground]] = {
    CreditRule.TERMINATED: Ground.TERMINATED,
    CreditRule.FALSE_MATERIAL: Ground.FALSE_MATERIAL,
}


class Happening(NamedTuple):
    """An event of one organisation, as the list sees it; ``project`` is what it happened in."""

    organisation: UUID
    rule: CreditRule
    project: UUID
    happened_on: date


class Proposal(NamedTuple):
    """An entry to be proposed: the ground, and the projects whose events it rests on."""

    organisation: UUID
    colour: Colour
    ground: Ground
    projects: tuple[UUID, ...]


def propose(
    happenings: Sequence[Happening], *, since: date, until: date, window_from: date
) -> list[Proposal]:
    """Return the entries that the events of a period give, whatever the order they come in.

    ``since`` to ``until`` (both included) is the period; two failures count together from
    ``window_from`` on, if the later one falls into the period. Red: an excellent result of the
    period, no upheld complaint in that project, and nothing of the organisation's that is black.
    """
    history = sorted(
        set(happenings),
        key=lambda happening: (happening.happened_on, str(happening.project), happening.rule),
    )
    period = [happening for happening in history if since <= happening.happened_on <= until]
    breaches: dict[tuple[UUID, Ground], list[UUID]] = {}
    for happening in period:
        if ground := _BLACK.get(happening.rule):
            breaches.setdefault((happening.organisation, ground), []).append(happening.project)
    failed: dict[UUID, list[Happening]] = {}
    for happening in history:
        if happening.rule is CreditRule.FAIL and window_from <= happening.happened_on <= until:
            failed.setdefault(happening.organisation, []).append(happening)
    for organisation, several in failed.items():
        if (
            len({happening.project for happening in several}) > 1
            and several[-1].happened_on >= since
        ):
            breaches[organisation, Ground.FAILED_TWICE] = [
                happening.project for happening in several
            ]
    black = [
        Proposal(organisation, Colour.BLACK, ground, tuple(dict.fromkeys(projects)))
        for (organisation, ground), projects in breaches.items()
    ]
    barred = {proposal.organisation for proposal in black}
    upheld = {
        (happening.organisation, happening.project)
        for happening in history
        if happening.rule is CreditRule.COMPLAINT
    }
    excellent: dict[UUID, list[UUID]] = {}
    for happening in period:
        if (
            happening.rule is CreditRule.EXCELLENT
            and happening.organisation not in barred
            and (happening.organisation, happening.project) not in upheld
        ):
            excellent.setdefault(happening.organisation, []).append(happening.project)
    red = [
        Proposal(organisation, Colour.RED, Ground.EXCELLENT, tuple(dict.fromkeys(projects)))
        for organisation, projects in excellent.items()
    ]
    return sorted(
        black + red,
        key=lambda proposal: (proposal.colour, str(proposal.organisation), proposal.ground),
    )


# The grades from which an organisation on the red list may be named a demonstration.
DEMONSTRATION_GRADES: Final = frozenset({"3A", "4A", "5A"})


class Record(NamedTuple):
    """What the links of the credit ledger and the conduct list go by, on one day."""

    grade: str
    credit: Decimal
    red: bool
    black: bool
    under_intervention: bool


def may_be_demonstration(record: Record) -> bool:
    """Tell whether it may be named: red-listed 3A and above, and not on the black list."""
    return record.red and not record.black and record.grade in DEMONSTRATION_GRADES


def why_not_qualified(record: Record, *, least: Decimal) -> list[Text]:
    """Return what stands against 承接政府购买服务资格, to take on purchased services: empty where nothing does.

    The qualification follows credit and list: enough credit, no black entry, no intervention.
    """
    reasons = []
    if record.black:
        reasons.append(Text("在黑榜期内", "on the black list"))
    if record.under_intervention:
        reasons.append(Text("正在接受干预指导", "under intervention"))
    if record.credit < least:
        reasons.append(
            Text(f"信用分 {record.credit} 低于 {least}", f"credit {record.credit} is below {least}")
        )
    return reasons


class ListStatus(StrEnum):
    """Where a month's list stands."""

    LISTING = "listing"
    PUBLISHED = "published"


LIST_STATUS_NAMES: Final[Mapping[ListStatus, Text]] = {
    ListStatus.LISTING: Text("拟列", "being decided"),
    ListStatus.PUBLISHED: Text("已发布", "published"),
}


class ListMove(StrEnum):
    """What moves a list."""

    PUBLISH = "publish"


LIST_TRANSITIONS: Final[Mapping[tuple[ListStatus, ListMove], ListStatus]] = {
    (ListStatus.LISTING, ListMove.PUBLISH): ListStatus.PUBLISHED,
}

LIST_STAGE_OF: Final[Mapping[ListStatus, Stage]] = {ListStatus.LISTING: Stage.LIST}


def advance_list(status: ListStatus, move: ListMove) -> ListStatus:
    """Return the next status; raise TransitionNotAllowed where there is none."""
    return states.advance(LIST_TRANSITIONS, status, move, LIST_STATUS_NAMES)
