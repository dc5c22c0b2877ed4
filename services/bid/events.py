"""What happens to bids, consortia and the opening."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from domain.text import Text, many
from services.events.event import Event, Facts, Notification


class BidSubmitted(Event):
    """A sealed bid was submitted; ``commitment`` is the SHA-256 that its receipt shows."""

    tag = "bid.submitted"
    receipt: str
    version: int
    commitment: str


class BidRefused(Event):
    """A bid was refused; ``why`` is the error's code."""

    tag = "bid.refused"
    why: str


class BidWithdrawn(Event):
    """A bid was withdrawn."""

    tag = "bid.withdrawn"
    receipt: str


class ConsortiumLeft(Event):
    """A partner left a consortium; about the bid's id."""

    tag = "consortium.left"


class PartnerLeft(Notification):
    """A partner left: the lead submits anew."""

    topic = "bid.partner-left"
    title = Text("伙伴退出了联合体", "A partner has left")
    sentence = Text(
        "榜单 {about} 的一家伙伴退出了联合体，意向书已退回草稿，请在截止前重新提交。",
        "A partner has left your bid on {about}, which is a draft again; submit it anew before"
        " the closing.",
    )
    page = "/desk/calls/{about}/bid"


class _Unsent(Notification):
    """A call closes soon, and the lead's last words are not submitted."""

    page = "/desk/calls/{about}/bid"
    due: datetime
    version: int


class BidUnsent(_Unsent):
    """A draft was never submitted."""

    topic = "bid.unsent"
    title = Text("意向书还没有提交", "Your bid is not submitted")
    sentence = Text(
        "榜单 {about} 的意向书还是草稿，没有提交；{due}截止（北京时间）。",
        "Your bid on {about} is a draft and not submitted; the call closes on {due} (Beijing time).",
    )


class BidEdited(_Unsent):
    """A bid was edited after it was submitted."""

    topic = "bid.edited"
    title = Text("修改后的意向书没有提交", "Your edited bid is not submitted")
    sentence = Text(
        "榜单 {about} 的意向书提交后又有修改，尚未重新提交，以第 {version} 版为准；{due}截止（北京时间）。",
        "Your bid on {about} was edited after version {version} was submitted; only that version "
        "counts. The call closes on {due} (Beijing time).",
    )


class EscrowMade(Event):
    """The keys of last resort were made."""

    tag = "escrow.made"


class EscrowAsked(Event):
    """Somebody asked to open a seal with the keys of last resort."""

    tag = "escrow.asked"


class EscrowUsed(Event):
    """A seal was opened with the keys of last resort."""

    tag = "escrow.used"


class OpeningAttended(Event):
    """An opener gave their share of the call's key."""

    tag = "opening.attended"
    share: int


class BidsOpened(Event):
    """The bids were opened; each with its receipt, its commitment, and whether they match."""

    tag = "bids.opened"
    line = Text("开标：{number} 份意向书", "{counted} opened")
    commitments: list[dict[str, Any]]

    def words(self) -> Mapping[str, Text]:
        """Return the number of bids with its noun."""
        number = len(self.commitments)
        counted = many(number, "bid", "bids")
        return {"number": Text(f"{number}", f"{number}"), "counted": Text(counted, counted)}


EVENTS: Final[tuple[type[Facts], ...]] = (
    BidSubmitted,
    BidRefused,
    BidWithdrawn,
    ConsortiumLeft,
    PartnerLeft,
    BidUnsent,
    BidEdited,
    EscrowMade,
    EscrowAsked,
    EscrowUsed,
    OpeningAttended,
    BidsOpened,
)
