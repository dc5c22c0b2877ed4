"""What happens to the platform itself: seals, heads of the audit chain, and who follows it."""

from typing import Final
from uuid import UUID

from domain.text import Text
from services.events.event import Event, Facts, Notification


class SealKeySet(Event):
    """Somebody set the key that seals their bids; about the owner's id."""

    tag = "seal.key"


class HeadPublished(Notification):
    """The auditors keep the head of the audit chain."""

    topic = "audit.head"
    title = Text("审计链首", "Head of the audit chain")
    sentence = Text(
        "请留存：审计链第 {position} 条的链值为 {hash}。将来核验时与它比较。",
        "Please keep this: the audit chain's link {position} is {hash}. Compare it when you verify.",
    )
    page = "/"
    subject = ""
    position: int
    hash: str


class SubscriptionAsked(Notification):
    """A mailbox is asked whether it wants to follow the board."""

    topic = "subscription.asked"
    title = Text("确认订阅", "Confirm that you follow")
    sentence = Text(
        "有人用这个邮箱订阅揭榜榜单。打开下面的页面确认；不是您本人就不必理会。",
        "Somebody asked to follow the board with this address. Open the page below to confirm; "
        "if it was not you, do nothing.",
    )
    page = "/follow/{subscription}"
    subject = ""
    subscription: UUID


EVENTS: Final[tuple[type[Facts], ...]] = (SealKeySet, HeadPublished, SubscriptionAsked)
