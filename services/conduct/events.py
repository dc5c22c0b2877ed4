"""What happens when something goes wrong, and what comes of it: complaints to conduct lists."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Final

from domain.conduct.conduct_list import COLOUR_NAMES, Colour
from domain.conduct.corrective import (
    CAUSE_NAMES,
    CORRECTIVE_NAMES,
    NOTE_NAMES,
    Cause,
    CorrectiveMove,
    CorrectiveStatus,
    NoteKind,
)
from domain.deliver.delivery import STATUS_COLOUR_NAMES, StatusColour
from domain.text import Text
from services.events.event import Event, Facts, Notification, Tone


class ComplaintFiled(Event, Notification):
    """A resident complained of a project; ``due`` is until when the street answers."""

    tag = topic = "complaint.filed"
    line = Text("收到投诉", "A complaint was filed")
    tone = "warn"
    title = Text("收到投诉", "A complaint")
    sentence = Text(
        "项目 {about} 收到投诉，请于 {due}前公开答复。",
        "{about} is complained of; please answer by {due}.",
    )
    page = "/projects/{about}/complaints"
    complaint: str
    due: datetime | None = None


class ComplaintUpheld(Event):
    """A complaint was upheld."""

    tag = "complaint.upheld"
    line = Text("投诉属实", "The complaint was upheld")
    tone = "warn"
    complaint: str


class ComplaintDismissed(Event):
    """A complaint was dismissed."""

    tag = "complaint.dismissed"
    line = Text("投诉不属实", "The complaint was dismissed")
    complaint: str


class MaterialReviewOpened(Event, Notification):
    """Material of an organisation is said to be false: it may reply ``until`` then."""

    tag = topic = "material.opened"
    title = Text("材料核查", "Material is reviewed")
    sentence = Text(
        "项目 {about} 中的材料被提出核查，有关组织可于 {until}前申辩。",
        "Material in {about} is said to be false; the organisation may reply until {until}.",
    )
    page = "/desk/material/{about}"
    review: str = ""
    until: datetime | None = None


class MaterialReplied(Event, Notification):
    """The organisation replied in a review: the administrators decide."""

    tag = topic = "material.replied"
    title = Text("材料核查已有申辩", "A reply in a review")
    sentence = Text(
        "项目 {about} 的材料核查已有申辩，请决定。",
        "The organisation has replied in a review of {about}; please decide.",
    )
    page = "/desk/material/{about}"
    review: str = ""


class MaterialUpheld(Event):
    """Material was found to be false."""

    tag = "material.upheld"
    line = Text("材料不实，认定属实", "Material was found to be false")
    tone = "warn"
    review: str


class MaterialDismissed(Event):
    """Material was not found to be false; the public does not read of it."""

    tag = "material.dismissed"
    review: str


class MaterialDecided(Notification):
    """The organisation reads that the review is decided."""

    topic = "material.decided"
    title = Text("材料核查已决定", "A review is decided")
    sentence = Text(
        "项目 {about} 中贵组织材料的核查已有决定，请查看。",
        "The review of your material in {about} is decided; please look.",
    )
    page = "/desk/material/{about}"


class ProjectVisited(Event):
    """An official visited a project and gave it a colour."""

    tag = "project.visited"
    line = Text("走访：{colour_name}", "Visited: {colour_name}")
    colour: StatusColour

    def words(self) -> Mapping[str, Text]:
        """Return what the colour is called."""
        return {"colour_name": STATUS_COLOUR_NAMES[self.colour]}


class FaultFound(Event):
    """Something is to be corrected; ``corrective`` is the code of the corrective action."""

    tag = "corrective.found"
    line = Text("需要整改：{cause_name}", "To be corrected: {cause_name}")
    tone = "warn"
    cause: Cause
    corrective: str

    def words(self) -> Mapping[str, Text]:
        """Return what the finding rests on."""
        return {"cause_name": CAUSE_NAMES[self.cause]}


class CorrectionAsked(Notification):
    """The organisation reads that something is to be corrected."""

    topic = "corrective.found"
    title = Text("需要整改", "Something is to be corrected")
    sentence = Text(
        "项目 {about} 发现需要整改的问题（{corrective}），请按期办理。",
        "Something in {about} is to be corrected ({corrective}); please act in time.",
    )
    page = "/desk/{corrective}"
    corrective: str


class CorrectiveNoted(Event):
    """A step of a corrective action was written."""

    tag = "corrective.{kind}"
    line = Text("整改：{note}已提交", "Corrective action: {note} submitted")
    kind: NoteKind
    corrective: str
    round: int

    def words(self) -> Mapping[str, Text]:
        """Return the name of the note."""
        return {"note": NOTE_NAMES[self.kind]}


class CorrectiveMoved(Event):
    """A corrective action moved to another status."""

    tag = "corrective.moved.{move}"
    line = Text("整改进入“{status}”", "Corrective action: {status}")
    tones: ClassVar[Mapping[CorrectiveMove, Tone]] = {
        CorrectiveMove.ACCEPT_PLAN: "step",
        CorrectiveMove.HEAL: "check",
        CorrectiveMove.RECOVER: "check",
        CorrectiveMove.SPARE: "step",
        CorrectiveMove.HAND_OVER: "end",
    }
    move: CorrectiveMove
    corrective: str
    to: CorrectiveStatus

    def words(self) -> Mapping[str, Text]:
        """Return what the status is called."""
        return {"status": CORRECTIVE_NAMES[self.to]}

    def shade(self) -> Tone:
        """Return whether it went well."""
        return self.tones.get(self.move, "warn")


class CorrectiveProgress(Notification):
    """The organisation reads where its corrective action stands."""

    topic = "corrective.moved"
    title = Text("整改有进展", "A corrective action has moved on")
    sentence = Text(
        "整改 {corrective} 现为“{status}”。", "The corrective action {corrective} is now: {status}."
    )
    page = "/desk/{corrective}"
    corrective: str
    to: CorrectiveStatus

    def words(self) -> Mapping[str, Text]:
        """Return what the status is called."""
        return {"status": CORRECTIVE_NAMES[self.to]}


class ListProposed(Event):
    """A conduct list was proposed, with numbers of entries."""

    tag = "conduct.proposed"
    red: int
    black: int


class ListingReplied(Event):
    """An organisation replied to the entry proposed for it."""

    tag = "conduct.replied"


class ListPublished(Event):
    """A conduct list was published, with numbers of entries."""

    tag = "conduct.published"
    red: int
    black: int


class OrganisationListed(Event):
    """The organisation of a project is on a conduct list for it."""

    tag = "conduct.listed"
    line = Text(
        "承接组织列入 {list} {name}{heard}", "Its organisation is on the {name} of {list}{heard}"
    )
    list: str
    colour: Colour
    replied: bool

    def words(self) -> Mapping[str, Text]:
        """Return what the list is called, and whether the organisation was heard."""
        heard = Text("，已申辩", ", after its reply") if self.replied else Text("", "")
        return {"name": COLOUR_NAMES[self.colour], "heard": heard}


class ListingProposed(Notification):
    """A black entry is proposed: the organisation may reply ``until`` then."""

    topic = "conduct.proposed"
    title = Text("拟列入黑榜", "A black entry is proposed")
    sentence = Text(
        "贵组织拟列入 {about} 黑榜，可于 {until}前申辩。",
        "Your organisation is proposed for the black list {about}; reply by {until}.",
    )
    page = "/desk/{about}"
    subject = "list"
    until: datetime


class ListingDecided(Notification):
    """The organisation is on a list that was published."""

    topic = "conduct.decided"
    title = Text("红黑榜已发布", "The conduct list is published")
    sentence = Text(
        "红黑榜 {about} 已发布，涉及贵组织，请查看。",
        "The conduct list {about} is published and concerns your organisation.",
    )
    page = "/conduct"
    subject = "list"


class ListingDropped(Notification):
    """A list was published without the black entry proposed for the organisation."""

    topic = "conduct.dropped"
    title = Text("不列入黑榜", "Not on the black list")
    sentence = Text(
        "{about} 红黑榜已发布，拟列入贵组织的黑榜条目经审定未列入。",
        "The conduct list {about} is published without the black entry proposed for you.",
    )
    page = "/conduct"
    subject = "list"


class EntryRepaired(Event, Notification):
    """A black entry ended before its time; the organisation is told."""

    tag = topic = "conduct.repaired"
    title = Text("黑榜条目已修复", "A black entry is repaired")
    sentence = Text(
        "贵组织在 {about} 的黑榜条目已修复，可以重新揭榜。",
        "Your black entry of {about} is repaired; you may bid again.",
    )
    page = "/conduct"
    subject = "list"


OVERSIGHT: Final[tuple[type[Facts], ...]] = (
    ComplaintFiled,
    ComplaintUpheld,
    ComplaintDismissed,
    MaterialReviewOpened,
    MaterialReplied,
    MaterialUpheld,
    MaterialDismissed,
    MaterialDecided,
    ProjectVisited,
)
CORRECTIVE_EVENTS: Final[tuple[type[Facts], ...]] = (
    FaultFound,
    CorrectionAsked,
    CorrectiveNoted,
    CorrectiveMoved,
    CorrectiveProgress,
)
LIST_EVENTS: Final[tuple[type[Facts], ...]] = (
    ListProposed,
    ListingReplied,
    ListPublished,
    OrganisationListed,
    ListingProposed,
    ListingDecided,
    ListingDropped,
    EntryRepaired,
)
