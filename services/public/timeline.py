"""A project's public timeline, and the proof behind each of its entries.

Only what is listed here is public: an action that nobody has listed is not shown. Nothing of a
bid is shown before the opening, and nobody's name ever is.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlmodel import Session, col, select

from domain import moments
from domain.amendments import What
from domain.canonical import chain
from domain.conduct import COLOUR_NAMES, Colour
from domain.corrective import (
    CAUSE_NAMES,
    CORRECTIVE_NAMES,
    NOTE_NAMES,
    Cause,
    CorrectiveMove,
    CorrectiveStatus,
    NoteKind,
)
from domain.delivery import STATUS_COLOUR_NAMES, StatusColour
from domain.errors import NotFound
from domain.lifecycle import STATUS_NAMES, Status
from domain.text import Text, many
from models import AuditEntry, Project
from services.dates import DATES
from services.gates.process_kits import stage_kit, title_of
from services.identity.erasures import entry_holds, erasures_of

Say = Callable[[Mapping[str, Any]], Text]


class Moment(NamedTuple):
    """One entry of the timeline; ``position`` is its place in the audit chain, once it is sealed."""

    at: datetime
    text: Text
    tone: str
    position: int | None


class Proof(NamedTuple):
    """What a reader needs to recompute one link: SHA-256 over position, previous hash and digest."""

    position: int
    at: datetime
    text: Text
    digest: str
    previous: str
    hash: str
    digest_holds: bool
    link_holds: bool
    newest: int

    @property
    def ok(self) -> bool:
        """Tell whether the entry is what was sealed."""
        return self.digest_holds and self.link_holds


def _fixed(zh: str, en: str) -> Say:
    return lambda _: Text(zh, en)


def _moved(facts: Mapping[str, Any]) -> Text:
    name = STATUS_NAMES[Status(facts["after"])]
    return Text(f"进入“{name.zh}”", f"Moved on to {name.en}")


def _at_gate(zh: str, en: str) -> Say:
    def say(facts: Mapping[str, Any]) -> Text:
        title = title_of(facts["gate"])
        return Text(f"{title.zh}：{zh}", f"{title.en}: {en}")

    return say


def _checked(zh: str, en: str) -> Say:
    def say(facts: Mapping[str, Any]) -> Text:
        name = stage_kit(facts["suite"]).name
        return Text(f"{name.zh}数据检查{zh}", f"Data checks of {name.en} {en}")

    return say


def _milestone(zh: str, en: str) -> Say:
    def say(facts: Mapping[str, Any]) -> Text:
        number = facts["milestone"]
        return Text(f"第 {number} 个里程碑{zh}", f"Milestone {number} {en}")

    return say


def _formed(facts: Mapping[str, Any]) -> Text:
    number = facts["needs"]
    return Text(
        f"汇集 {number} 条居民需求，形成项目",
        f"Formed from {many(number, 'resident’s need', 'residents’ needs')}",
    )


def _opened(facts: Mapping[str, Any]) -> Text:
    number = len(facts["commitments"])
    return Text(f"开标：{number} 份意向书", f"{many(number, 'bid', 'bids')} opened")


def _reopened(facts: Mapping[str, Any]) -> Text:
    number = len(facts["needs"])
    return Text(f"{number} 条需求重新等待立项", f"{many(number, 'need waits', 'needs wait')} again")


def _dated(facts: Mapping[str, Any]) -> Text:
    after = moments.until(datetime.fromisoformat(facts["after"]))
    if not facts.get("before"):
        return Text(f"揭榜截止为 {after.zh}", f"Bids close on {after.en}")
    before = moments.until(datetime.fromisoformat(facts["before"]))
    return Text(
        f"揭榜截止由 {before.zh} 改为 {after.zh}", f"Bids close on {after.en}, not on {before.en}"
    )


def _counted_anew(facts: Mapping[str, Any]) -> Text:
    name = DATES[facts["date"]].name
    after = moments.until(datetime.fromisoformat(facts["after"]))
    return Text(
        f"放假安排公布，{name.zh}顺延至 {after.zh}",
        f"Holidays were published: the {name.en} is {after.en} now",
    )


def _agreed(facts: Mapping[str, Any]) -> Text:
    zh, en = (
        ("街道", "the street") if facts["side"] == "buyer" else ("承接组织", "the organisation")
    )
    return Text(f"{zh}确认协议", f"The agreement was confirmed by {en}")


def _reported(facts: Mapping[str, Any]) -> Text:
    _, lang, form = facts["path"].rsplit(".", 2)
    zh, en = ("中文", "Chinese") if lang == "zh" else ("英文", "English")
    return Text(f"签发项目报告（{zh} {form.upper()}）", f"Report issued ({en}, {form.upper()})")


def _amended(zh: str, en: str) -> Say:
    def say(facts: Mapping[str, Any]) -> Text:
        told = [_changed(one) for one in facts["changes"]]
        return Text(
            f"协议变更{zh}：{'，'.join(one.zh for one in told)}",
            f"Amendment {en}: {', '.join(one.en for one in told)}",
        )

    return say


def _intended(facts: Mapping[str, Any]) -> Text:
    number = facts["members"]
    if number == 1:
        return Text("拟由一家组织承接", "To be awarded to one organisation")
    return Text(
        f"拟由 {number} 家组织的联合体承接",
        f"To be awarded to a consortium of {number} organisations",
    )


def _result(facts: Mapping[str, Any]) -> Text:
    residents, paper = facts["residents"], facts["on_paper"]
    return Text(
        f"考榜得分 {facts['value']}；居民评价 {residents} 份，其中纸质 {paper} 份",
        f"Assessed at {facts['value']}; {many(residents, 'resident', 'residents')} answered,"
        f" {paper} of them on paper",
    )


def _listed(facts: Mapping[str, Any]) -> Text:
    name = COLOUR_NAMES[Colour(facts["colour"])]
    heard = Text("，已申辩", ", after its reply") if facts["replied"] else Text("", "")
    return Text(
        f"承接组织列入 {facts['list']} {name.zh}{heard.zh}",
        f"Its organisation is on the {name.en} of {facts['list']}{heard.en}",
    )


def _lowered(facts: Mapping[str, Any]) -> Text:
    before, after = facts["before"], facts["minimum"]
    return Text(
        f"居民评价不足，最少份数由 {before} 份降为 {after} 份",
        f"Too few residents answered: the minimum is {after} instead of {before}",
    )


def _replaced(zh: str, en: str) -> Say:
    def say(facts: Mapping[str, Any]) -> Text:
        number = facts["number"]
        return Text(f"第 {number} 次更换伙伴{zh}", f"Replacement {number} of a partner {en}")

    return say


def _changed(one: Mapping[str, Any]) -> Text:
    """Say one change; entries from before amendments of more than dates name a milestone alone."""
    number, after = one.get("number", one.get("milestone")), one["after"]
    match one.get("what", What.DUE_ON):
        case What.AMOUNT:
            return Text(
                f"里程碑 {number} 付款改为 {after} 元", f"milestone {number} pays {after} yuan"
            )
        case What.TARGET:
            return Text(f"指标 {number} 目标改为 {after}", f"indicator {number} aims at {after}")
        case _:
            return Text(f"里程碑 {number} 改为 {after}", f"milestone {number} due on {after}")


def _visited(facts: Mapping[str, Any]) -> Text:
    name = STATUS_COLOUR_NAMES[StatusColour(facts["colour"])]
    return Text(f"走访：{name.zh}", f"Visited: {name.en}")


def _found(facts: Mapping[str, Any]) -> Text:
    cause = CAUSE_NAMES[Cause(facts["cause"])]
    return Text(f"需要整改：{cause.zh}", f"To be corrected: {cause.en}")


def _noted(kind: NoteKind) -> Say:
    name = NOTE_NAMES[kind]
    return lambda _: Text(f"整改：{name.zh}已提交", f"Corrective action: {name.en} submitted")


def _corrected(facts: Mapping[str, Any]) -> Text:
    name = CORRECTIVE_NAMES[CorrectiveStatus(facts["to"])]
    return Text(f"整改进入“{name.zh}”", f"Corrective action: {name.en}")


_CORRECTIVE_TONE: Final = {
    CorrectiveMove.ACCEPT_PLAN: "step",
    CorrectiveMove.HEAL: "check",
    CorrectiveMove.RECOVER: "check",
    CorrectiveMove.SPARE: "step",
    CorrectiveMove.HAND_OVER: "end",
}

PUBLIC_ACTIONS: Final[Mapping[str, tuple[str, Say]]] = {
    "project.formed": ("start", _formed),
    **{
        f"project.{action}": (tone, _moved)
        for action, tone in {
            "begin_evaluation": "move",
            "approve_evaluation": "move",
            "reject": "end",
            "publish_call": "move",
            "close_bids": "move",
            "republish": "move",
            "close_without_award": "end",
            "confirm_ranking": "move",
            "reopen_award": "move",
            "sign_agreement": "move",
            "accept_delivery": "move",
            "close": "end",
            "cancel": "end",
            "terminate": "end",
        }.items()
    },
    "decision.submit": ("step", _at_gate("已提交", "submitted")),
    "decision.approve": ("step", _at_gate("同意", "approved")),
    "decision.return": ("warn", _at_gate("退回", "returned")),
    "decision.reject": ("warn", _at_gate("否决", "rejected")),
    "decision.mend": ("step", _at_gate("已修正", "mended")),
    "check.passed": ("check", _checked("通过", "passed")),
    "check.failed": ("warn", _checked("未通过", "failed")),
    "call.dates": ("warn", _dated),
    "date.moved": ("warn", _counted_anew),
    "needs.reopened": ("warn", _reopened),
    "question.asked": ("step", _fixed("收到提问", "A question was asked")),
    "question.answered": ("step", _fixed("提问已答复", "A question was answered")),
    "bids.opened": ("step", _opened),
    "objection.filed": ("warn", _fixed("收到异议", "An objection was filed")),
    "objection.upheld": ("warn", _fixed("异议成立", "The objection was upheld")),
    "objection.dismissed": ("step", _fixed("异议不成立", "The objection was dismissed")),
    "objection.moot": (
        "step",
        _fixed("异议因承榜撤回不再答复", "An objection needs no answer: the award is withdrawn"),
    ),
    "objection.appealed": ("warn", _fixed("对异议答复提出申诉", "An appeal was filed")),
    "appeal.upheld": ("warn", _fixed("申诉成立", "The appeal was upheld")),
    "appeal.dismissed": ("step", _fixed("申诉不成立", "The appeal was dismissed")),
    "panel.recused": (
        "step",
        _fixed("评审组一名成员回避", "A member of the panel was recused"),
    ),
    "panel.reserve-seated": (
        "step",
        _fixed("候补成员递补进入评审组", "A member of the reserve joined the panel"),
    ),
    "panel.moderated": (
        "step",
        _fixed("评审组就分差会商", "The panel met about marks that lay apart"),
    ),
    "award.intended": ("step", _intended),
    "assessment.confirmed": ("step", _result),
    "conduct.listed": ("step", _listed),
    "agreement.confirmed": ("step", _agreed),
    "amendment.proposed": ("step", _amended("申请", "proposed")),
    "amendment.approved": ("step", _amended("生效", "approved")),
    "amendment.dismissed": ("warn", _amended("未获同意", "dismissed")),
    "replacement.proposed": ("step", _replaced("申请", "proposed")),
    "replacement.approved": ("step", _replaced("生效", "approved")),
    "replacement.dismissed": ("warn", _replaced("未获同意", "dismissed")),
    "assessment.widen": (
        "warn",
        _fixed("居民评价不足，扩大邀请", "Too few residents answered: more are invited"),
    ),
    "assessment.lower": ("warn", _lowered),
    "milestone.reported": ("step", _milestone("已报告", "reported")),
    "milestone.accepted": ("step", _milestone("通过验收", "accepted")),
    "report.issued": ("step", _reported),
    "complaint.filed": ("warn", _fixed("收到投诉", "A complaint was filed")),
    "complaint.upheld": ("warn", _fixed("投诉属实", "The complaint was upheld")),
    "complaint.dismissed": ("step", _fixed("投诉不属实", "The complaint was dismissed")),
    "material.upheld": ("warn", _fixed("材料不实，认定属实", "Material was found to be false")),
    "project.visited": ("step", _visited),
    "corrective.found": ("warn", _found),
    **{f"corrective.{kind}": ("step", _noted(kind)) for kind in NoteKind},
    **{
        f"corrective.moved.{move}": (_CORRECTIVE_TONE.get(move, "warn"), _corrected)
        for move in CorrectiveMove
    },
}


def timeline(session: Session, project: Project) -> list[Moment]:
    """Return what happened in a project, the newest first."""
    rows = session.exec(
        select(AuditEntry)
        .where(
            AuditEntry.subject == project.code,
            col(AuditEntry.action).in_(list(PUBLIC_ACTIONS)),
        )
        .order_by(col(AuditEntry.id).desc())
    ).all()
    return [
        Moment(row.happened_at, say(row.facts), tone, row.position)
        for row in rows
        for tone, say in (PUBLIC_ACTIONS[row.action],)
    ]


def prove(session: Session, project: Project, position: int) -> Proof:
    """Recompute one public entry of a project's timeline; raise NotFound for any other."""
    entry = session.exec(
        select(AuditEntry).where(
            AuditEntry.position == position,
            AuditEntry.subject == project.code,
            col(AuditEntry.action).in_(list(PUBLIC_ACTIONS)),
        )
    ).one_or_none()
    if entry is None:
        raise NotFound(what=Text("存证", "audit entry"), key=str(position))
    before = session.exec(
        select(AuditEntry.hash).where(AuditEntry.position == position - 1)
    ).one_or_none()
    newest = session.exec(
        select(AuditEntry.position)
        .where(col(AuditEntry.position).is_not(None))
        .order_by(col(AuditEntry.position).desc())
        .limit(1)
    ).one()
    previous = str(before) if before else "0" * 64
    _, say = PUBLIC_ACTIONS[entry.action]
    return Proof(
        position,
        entry.happened_at,
        say(entry.facts),
        entry.digest,
        previous,
        str(entry.hash),
        entry_holds(entry, erasures_of(session) if entry.erased_by else {}),
        chain(previous, entry.digest, position) == entry.hash,
        int(newest or 0),
    )
