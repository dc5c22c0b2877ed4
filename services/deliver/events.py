"""What happens while a project is delivered."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

from domain.deliver.amendments import What
from domain.text import Text
from services.events.event import Event, Facts, Notification


class MilestoneReported(Event):
    """A milestone was reported, with a number of files."""

    tag = "milestone.reported"
    line = Text("第 {milestone} 个里程碑已报告", "Milestone {milestone} reported")
    milestone: int
    evidence: int


class EvidenceFiled(Event):
    """A file was filed with a milestone, by its SHA-256."""

    tag = "evidence.filed"
    milestone: int
    sha256: str


class MilestoneAccepted(Event):
    """A milestone was accepted."""

    tag = "milestone.accepted"
    line = Text("第 {milestone} 个里程碑通过验收", "Milestone {milestone} accepted")
    milestone: int


class MilestoneAcceptedInPart(Event):
    """A part of a milestone was accepted: ``share`` in percent."""

    tag = "milestone.accepted-in-part"
    line = Text(
        "第 {milestone} 个里程碑部分通过验收（{share}%）",
        "Milestone {milestone}: {share} % accepted",
    )
    tone = "warn"
    milestone: int
    share: Decimal


class MilestoneSentBack(Event):
    """A milestone was sent back: more is awaited."""

    tag = "milestone.sent-back"
    line = Text("第 {milestone} 个里程碑退回补充", "Milestone {milestone} sent back")
    tone = "warn"
    milestone: int


class MilestoneReturned(Notification):
    """The organisation reads that a milestone waits for more, and why."""

    topic = "milestone.returned"
    title = Text("里程碑需要补充", "A milestone waits for more")
    sentence = Text(
        "项目 {about} 第 {milestone} 个里程碑没有全部通过验收，请查看意见并补充报告。",
        "Milestone {milestone} of {about} is not accepted in full: read why, and report what is missing.",
    )
    page = "/desk/{about}"
    milestone: int


class MilestoneSettled(Notification):
    """The organisation reads that a milestone is accepted in part for good: ``share`` in percent."""

    topic = "milestone.settled"
    title = Text("里程碑验收已有最终结果", "A milestone is settled")
    sentence = Text(
        "项目 {about} 第 {milestone} 个里程碑最终认可 {share}%，其余不再付款。",
        "Of milestone {milestone} of {about}, {share} % are accepted for good; the rest is not paid.",
    )
    page = "/desk/{about}"
    milestone: int
    share: Decimal


class InstalmentReleased(Notification):
    """A milestone is accepted: the street pays; ``amount`` in yuan."""

    topic = "instalment.released"
    title = Text("可以付款", "An instalment is due")
    sentence = Text(
        "项目 {about} 第 {milestone} 个里程碑经验收，可付款 {amount} 元。",
        "By the acceptance of milestone {milestone} of {about}, {amount} yuan are due.",
    )
    page = "/projects/{about}"
    milestone: int
    amount: Decimal


class _Amended(Event):
    """Changes of the agreement, as ``domain.deliver.amendments`` stores them."""

    number: int
    changes: list[dict[str, Any]]

    def words(self) -> Mapping[str, Text]:
        """Return the changes, one after the other."""
        return {"amended": _listed(_change(change) for change in self.changes)}


def _listed(changes: Iterable[Text]) -> Text:
    texts = list(changes)
    return Text("，".join(text.zh for text in texts), ", ".join(text.en for text in texts))


def _change(stored: Mapping[str, Any]) -> Text:
    """Return one change; entries from before amendments of more than dates name a milestone alone."""
    number, after = stored.get("number", stored.get("milestone")), stored["after"]
    match stored.get("what", What.DUE_ON):
        case What.AMOUNT:
            return Text(
                f"里程碑 {number} 付款改为 {after} 元", f"milestone {number} pays {after} yuan"
            )
        case What.TARGET:
            return Text(f"指标 {number} 目标改为 {after}", f"indicator {number} aims at {after}")
        case _:
            return Text(f"里程碑 {number} 改为 {after}", f"milestone {number} due on {after}")


class AmendmentProposed(_Amended, Notification):
    """One side proposed to amend the agreement: the other decides."""

    tag = topic = "amendment.proposed"
    line = Text("协议变更申请：{amended}", "Amendment proposed: {amended}")
    title = Text("协议变更待决定", "An amendment waits for you")
    sentence = Text(
        "项目 {about} 的对方提出变更协议，请决定。",
        "The other side of {about} asks to amend the agreement; please decide.",
    )
    page = "/desk/{about}"
    changes: list[dict[str, Any]] = []  # noqa: RUF012  (pydantic copies it)


class AmendmentApproved(_Amended):
    """The other side approved an amendment: the agreement is so."""

    tag = "amendment.approved"
    line = Text("协议变更生效：{amended}", "Amendment approved: {amended}")


class AmendmentDismissed(_Amended):
    """The other side dismissed an amendment."""

    tag = "amendment.dismissed"
    line = Text("协议变更未获同意：{amended}", "Amendment dismissed: {amended}")
    tone = "warn"


class AmendmentWithdrawn(Event):
    """The side that proposed an amendment took it back."""

    tag = "amendment.withdrawn"
    number: int


class AmendmentDecided(Notification):
    """Who proposed an amendment reads that it is decided."""

    topic = "amendment.decided"
    title = Text("协议变更已决定", "An amendment is decided")
    sentence = Text(
        "项目 {about} 的协议变更已由对方决定，请查看。",
        "The other side has decided the amendment of {about}.",
    )
    page = "/projects/{about}"
    number: int


class ReplacementProposed(Event):
    """The lead proposed to replace a partner."""

    tag = "replacement.proposed"
    line = Text("第 {number} 次更换伙伴申请", "Replacement {number} of a partner proposed")
    number: int


class ReplacementApproved(Event):
    """The street approved the replacement of a partner."""

    tag = "replacement.approved"
    line = Text("第 {number} 次更换伙伴生效", "Replacement {number} of a partner approved")
    number: int


class ReplacementDismissed(Event):
    """The street dismissed the replacement of a partner."""

    tag = "replacement.dismissed"
    line = Text("第 {number} 次更换伙伴未获同意", "Replacement {number} of a partner dismissed")
    tone = "warn"
    number: int


class ReplacementNoted(Event):
    """One of the organisations confirmed, was heard, declined, or took the proposal back."""

    tag = "replacement.{what}"
    what: Literal["confirmed", "stated", "declined", "withdrawn"]
    number: int


class PartnerHeard(Notification):
    """A partner is to be replaced: it is heard ``until`` then."""

    topic = "replacement.hearing"
    title = Text("拟更换伙伴，请陈述", "A partner is to be replaced")
    sentence = Text(
        "项目 {about} 的牵头方拟由其他组织接替贵组织，可于 {until}前陈述。",
        "The lead of {about} asks that another takes your place; you are heard until {until}.",
    )
    page = "/desk/consortium/{about}"
    until: datetime


class NewcomerAsked(Notification):
    """An organisation is asked to take a partner's place."""

    topic = "replacement.asked"
    title = Text("邀请接替伙伴", "A place in a consortium")
    sentence = Text(
        "邀请贵组织接替项目 {about} 的一家伙伴，请确认或谢绝。",
        "You are asked to take a partner's place in {about}; please confirm or decline.",
    )
    page = "/desk/consortium/{about}"


class ReplacementToDecide(Notification):
    """The newcomer has confirmed: the street decides."""

    topic = "replacement.decide"
    title = Text("更换伙伴待决定", "A replacement waits for you")
    sentence = Text(
        "项目 {about} 拟更换一家伙伴，接替的组织已确认，请决定。",
        "A partner of {about} is to be replaced; who joins has confirmed, please decide.",
    )
    page = "/desk/consortium/{about}"


class ReplacementDecided(Notification):
    """The organisations concerned read that it has come to its end."""

    topic = "replacement.decided"
    title = Text("更换伙伴已有结果", "A replacement is decided")
    sentence = Text(
        "项目 {about} 更换伙伴的申请已有结果，请查看。",
        "The replacement of a partner in {about} has come to its end; please look.",
    )
    page = "/desk/consortium/{about}"


EVENTS: Final[tuple[type[Facts], ...]] = (
    MilestoneReported,
    EvidenceFiled,
    MilestoneAccepted,
    MilestoneAcceptedInPart,
    MilestoneSentBack,
    MilestoneReturned,
    MilestoneSettled,
    InstalmentReleased,
    AmendmentProposed,
    AmendmentApproved,
    AmendmentDismissed,
    AmendmentWithdrawn,
    AmendmentDecided,
    ReplacementProposed,
    ReplacementApproved,
    ReplacementDismissed,
    ReplacementNoted,
    PartnerHeard,
    NewcomerAsked,
    ReplacementToDecide,
    ReplacementDecided,
)
