"""What happens to a call and around it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from domain import moments
from domain.text import Text
from services.events.event import Event, Facts, Notification
from services.subscriptions import way_out


class CallCeilingSet(Event):
    """The street set the most that a call pays, in yuan."""

    tag = "call.ceiling"
    ceiling: Decimal


class TemplateKept(Event):
    """A draft of a call was kept as a template; about the template's id."""

    tag = "template.kept"


class TemplateRemoved(Event):
    """A template was removed; about its id."""

    tag = "template.removed"


class CallPublished(Notification):
    """A call is open: every organisation that serves the place is invited."""

    topic = "call.published"
    title = Text("新榜单发布", "A new call")
    sentence = Text("榜单 {about} 已发布，欢迎揭榜。", "The call {about} is open for bids.")
    page = "/projects/{about}"
    loud = True
    closes_at: datetime


class CallFollowed(Notification):
    """A call is open: who follows such calls is told."""

    topic = "call.followed"
    title = Text("您关注的新榜单", "A new call you follow")
    sentence = Text(
        "榜单 {about} 已发布。不再接收：{way_out}",
        "The call {about} is open. To hear no more: {way_out}",
    )
    page = "/projects/{about}"
    subscription: UUID

    def words(self) -> Mapping[str, Text]:
        """Return the link by which they hear no more."""
        return {"way_out": way_out(self.subscription)}


class CallDatesChanged(Event):
    """A call closes at another time than ``before``, None where there was none."""

    tag = "call.dates"
    line = Text("揭榜截止{was}为 {after}", "Bids close on {after}{was}")
    tone = "warn"
    before: datetime | None
    after: datetime

    def words(self) -> Mapping[str, Text]:
        """Return when it would have closed."""
        return {"was": _from(self.before)}


def _from(before: datetime | None) -> Text:
    if before is None:
        return Text("", "")
    was = moments.until(before)
    return Text(f"由 {was.zh} 改", f", not on {was.en}")


class _DatesTold(Notification):
    """A call closes at another time."""

    before: datetime | None
    due: datetime

    def words(self) -> Mapping[str, Text]:
        """Return when it would have closed."""
        if self.before is None:
            return {"was": Text("", "")}
        was = moments.until(self.before)
        return {"was": Text(f"，原为 {was.zh}", f", not on {was.en}")}


class CallDatesTold(_DatesTold):
    """A call closes at another time: bidders and who asked about it are told."""

    topic = "call.dates"
    title = Text("揭榜时间有变", "A call's dates have changed")
    sentence = Text(
        "榜单 {about} 的揭榜截止改为 {due}{was}（北京时间）。",
        "Bids on {about} now close on {due}{was} (Beijing time).",
    )
    page = "/desk/calls/{about}/bid"


class CallDatesFollowed(_DatesTold):
    """A call closes at another time: who follows such calls is told."""

    topic = "call.dates_followed"
    title = Text("您关注的榜单时间有变", "The dates of a call you follow have changed")
    sentence = Text(
        "榜单 {about} 的揭榜截止改为 {due}{was}（北京时间）。不再接收：{way_out}",
        "Bids on {about} now close on {due}{was} (Beijing time). To hear no more: {way_out}",
    )
    page = "/projects/{about}"
    subscription: UUID

    def words(self) -> Mapping[str, Text]:
        """Return when it would have closed, and the link by which they hear no more."""
        return {**super().words(), "way_out": way_out(self.subscription)}


class BidVoid(Notification):
    """A call has a new version: the bids on the old one are void."""

    topic = "bid.void"
    title = Text("意向书作废", "A bid is void")
    sentence = Text(
        "榜单 {about} 有新版本，原意向书作废，请重新提交。",
        "{about} has a new version, which voids your bid; please bid again.",
    )
    page = "/projects/{about}"


class QuestionAsked(Event, Notification):
    """A question about a call was asked: the community answers it."""

    tag = topic = "question.asked"
    line = Text("收到提问", "A question was asked")
    title = Text("榜单收到提问", "A question about a call")
    sentence = Text(
        "榜单 {about} 收到提问，请公开答复。", "{about} was asked about; please answer."
    )
    page = "/projects/{about}"


class QuestionAnswered(Event):
    """A question about a call was answered."""

    tag = "question.answered"
    line = Text("提问已答复", "A question was answered")


EVENTS: Final[tuple[type[Facts], ...]] = (
    CallCeilingSet,
    TemplateKept,
    TemplateRemoved,
    CallPublished,
    CallFollowed,
    CallDatesChanged,
    CallDatesTold,
    CallDatesFollowed,
    BidVoid,
    QuestionAsked,
    QuestionAnswered,
)
