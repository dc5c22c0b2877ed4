"""What happens in the panel, to the intended award, and to objections against it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

from domain.text import Text
from services.events.event import Event, Facts, Notification


class BidScored(Event):
    """A member of the panel marked a bid."""

    tag = "bid.scored"


class MarkChanged(Event):
    """A member of the panel changed a mark, with a reason."""

    tag = "panel.mark-changed"


class SecondReadingEnded(Event):
    """A member of the panel ended the second reading of a blind call."""

    tag = "panel.reread"


class PanelModerated(Event):
    """The panel met about marks that lay apart."""

    tag = "panel.moderated"
    line = Text("评审组就分差会商", "The panel met about marks that lay apart")


class PanelAlarmed(Event):
    """The marks of a panel lie apart."""

    tag = "panel.alarmed"


class InterestDeclared(Event):
    """A member of the panel declared whether they have an interest."""

    tag = "panel.declared"
    interest: bool


class MemberRecused(Event):
    """A member of the panel was recused."""

    tag = "panel.recused"
    line = Text("评审组一名成员回避", "A member of the panel was recused")


class ReserveSeated(Event, Notification):
    """A member of the reserve joined the panel, and is told so."""

    tag = "panel.reserve-seated"
    topic = "panel.seated"
    line = Text("候补成员递补进入评审组", "A member of the reserve joined the panel")
    title = Text("您递补进入评审组", "You join a panel from its reserve")
    sentence = Text(
        "您已递补进入项目 {about} 的评审组，请先申报利害关系，再评分。",
        "A seat on the panel of {about} is yours now; declare your interests, then score.",
    )
    page = "/desk/{about}/{gate}"
    gate: str = ""


class ChairPassed(Event):
    """The chair of a panel passed to another member."""

    tag = "panel.chair-passed"


class AwardIntended(Event):
    """The ranking was confirmed: the award is intended; ``members`` counts the consortium."""

    tag = "award.intended"
    line = Text("拟由{who}承接", "To be awarded to {who}")
    members: int

    def words(self) -> Mapping[str, Text]:
        """Return the number of organisations that are to deliver, without their names."""
        if self.members == 1:
            return {"who": Text("一家组织", "one organisation")}
        number = self.members
        return {"who": Text(f" {number} 家组织的联合体", f"a consortium of {number} organisations")}


class AwardInNotice(Notification):
    """An intended award is in public notice."""

    topic = "award.public_notice"
    title = Text("承榜公示", "An award in public notice")
    sentence = Text(
        "项目 {about} 的承榜结果正在公示。", "The award of {about} is in public notice."
    )
    page = "/projects/{about}"
    loud = True
    until: datetime | None


class BidUnsuccessful(Notification):
    """The project went to another bidder."""

    topic = "bid.unsuccessful"
    title = Text("揭榜结果", "The outcome of your bid")
    sentence = Text(
        "项目 {about} 已由其他组织承接，感谢参与。评审反馈见意向书页面。",
        "{about} went to another bidder. What the panel thought is on the page of your bid.",
    )
    page = "/desk/calls/{about}/bid"


class AgreementConfirmed(Event):
    """One side confirmed the agreement."""

    tag = "agreement.confirmed"
    line = Text("{party}确认协议", "The agreement was confirmed by {party}")
    side: Literal["buyer", "supplier"]

    def words(self) -> Mapping[str, Text]:
        """Return who confirmed."""
        buyer, supplier = Text("街道", "the street"), Text("承接组织", "the organisation")
        return {"party": buyer if self.side == "buyer" else supplier}


class ObjectionFiled(Event, Notification):
    """An objection to an award was filed; ``due`` is until when it is answered."""

    tag = topic = "objection.filed"
    line = Text("收到异议", "An objection was filed")
    tone = "warn"
    title = Text("收到异议", "An objection")
    sentence = Text(
        "项目 {about} 的承榜收到异议，请于 {due}前答复。",
        "The award of {about} is objected to; please answer by {due}.",
    )
    page = "/desk/{about}"
    due: datetime | None = None


class ObjectionUpheld(Event):
    """An objection was upheld."""

    tag = "objection.upheld"
    line = Text("异议成立", "The objection was upheld")
    tone = "warn"


class ObjectionDismissed(Event):
    """An objection was dismissed."""

    tag = "objection.dismissed"
    line = Text("异议不成立", "The objection was dismissed")


class ObjectionAnswered(Notification):
    """Who objected reads that it is answered."""

    topic = "objection.answered"
    title = Text("异议已答复", "Your objection is answered")
    sentence = Text(
        "您对项目 {about} 提出的异议已有答复，不服可以在期限内申诉。",
        "Your objection to {about} is answered; if it is dismissed you may appeal in time.",
    )
    page = "/projects/{about}"


class ObjectionMoot(Event, Notification):
    """An objection needs no answer any more: the award is withdrawn."""

    tag = topic = "objection.moot"
    line = Text("异议因承榜撤回不再答复", "An objection needs no answer: the award is withdrawn")
    title = Text("异议不再答复", "Your objection needs no answer")
    sentence = Text(
        "项目 {about} 原定的承榜已撤回，您的异议无须再答复；重新公示后可以再次提出。",
        "The award of {about} that you objected to is withdrawn, so it is not answered; you "
        "may object again to the next one.",
    )
    page = "/projects/{about}"


class AppealFiled(Event, Notification):
    """The dismissal of an objection was appealed; ``due`` is until when it is decided."""

    tag = topic = "objection.appealed"
    line = Text("对异议答复提出申诉", "An appeal was filed")
    tone = "warn"
    title = Text("异议申诉", "An appeal")
    sentence = Text(
        "项目 {about} 的异议有人申诉，请于 {due}前审理。",
        "An appeal about {about} is yours to decide by {due}.",
    )
    page = "/desk/{about}"
    due: datetime | None = None


class AppealUpheld(Event):
    """An appeal was upheld."""

    tag = "appeal.upheld"
    line = Text("申诉成立", "The appeal was upheld")
    tone = "warn"


class AppealDismissed(Event):
    """An appeal was dismissed."""

    tag = "appeal.dismissed"
    line = Text("申诉不成立", "The appeal was dismissed")


class AppealDecided(Notification):
    """Who appealed reads that it is decided."""

    topic = "appeal.decided"
    title = Text("申诉已决定", "Your appeal is decided")
    sentence = Text("您对项目 {about} 的申诉已有决定。", "Your appeal about {about} is decided.")
    page = "/projects/{about}"


EVENTS: Final[tuple[type[Facts], ...]] = (
    BidScored,
    MarkChanged,
    SecondReadingEnded,
    PanelModerated,
    PanelAlarmed,
    InterestDeclared,
    MemberRecused,
    ReserveSeated,
    ChairPassed,
    AwardIntended,
    AwardInNotice,
    BidUnsuccessful,
    AgreementConfirmed,
    ObjectionFiled,
    ObjectionUpheld,
    ObjectionDismissed,
    ObjectionAnswered,
    ObjectionMoot,
    AppealFiled,
    AppealUpheld,
    AppealDismissed,
    AppealDecided,
)
