"""What happens while a project is assessed."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from domain.award.scoring import Party
from domain.text import Text, many
from services.events.event import Event, Facts, Notification


class AnswerGiven(Event):
    """One of the four parties answered, on paper or not."""

    tag = "assessment.answered"
    party: Party
    on_paper: bool


class SheetsIssued(Event):
    """Sheets for residents were issued."""

    tag = "assessment.sheets-issued"
    sheets: int


class AssessmentConfirmed(Event):
    """The assessment was confirmed: its value, its grade, and how many residents answered."""

    tag = "assessment.confirmed"
    line = Text(
        "考榜得分 {value}；居民评价 {residents} 份，其中纸质 {on_paper} 份",
        "Assessed at {value}; {counted} answered, {on_paper} of them on paper",
    )
    value: Decimal
    grade: str
    residents: int
    on_paper: int

    def words(self) -> Mapping[str, Text]:
        """Return the number of residents with its noun."""
        counted = many(self.residents, "resident", "residents")
        return {"counted": Text(counted, counted)}


class _TooFewAnswers(Event):
    """Too few residents answered; ``before`` and ``minimum`` are numbers of answers."""

    before: int
    minimum: int
    until: datetime | None


class InvitationWidened(_TooFewAnswers):
    """More residents are invited."""

    tag = "assessment.widen"
    line = Text("居民评价不足，扩大邀请", "Too few residents answered: more are invited")
    tone = "warn"


class MinimumLowered(_TooFewAnswers):
    """Fewer answers are enough."""

    tag = "assessment.lower"
    line = Text(
        "居民评价不足，最少份数由 {before} 份降为 {minimum} 份",
        "Too few residents answered: the minimum is {minimum} instead of {before}",
    )
    tone = "warn"


class ShortfallDecided(Notification):
    """The place reads what the district decided about too few answers."""

    topic = "assessment.shortfall"
    title = Text("居民评价不足，已有决定", "Too few residents answered: a decision")
    sentence = Text(
        "项目 {about} 的居民评价不足，区里已作决定，请查看并继续邀请居民评价。",
        "Too few residents have assessed {about}; the district has decided what now. Please "
        "look, and go on inviting residents.",
    )
    page = "/desk/{about}"


class NeedAnswered(Notification):
    """A project that answers a need has ended well."""

    topic = "need.answered"
    title = Text("需求已有回应", "A need is answered")
    sentence = Text(
        "需求 {need} 已由项目 {about} 回应。", "The need {need} was answered by {about}."
    )
    page = "/needs/{need}"
    need: str
    grade: str


EVENTS: Final[tuple[type[Facts], ...]] = (
    AnswerGiven,
    SheetsIssued,
    AssessmentConfirmed,
    InvitationWidened,
    MinimumLowered,
    ShortfallDecided,
    NeedAnswered,
)
