"""Every date that is counted in working days, by the key of its period; and what moves them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from domain.text import Text
from services.assess.shortfalls import ANSWERS
from services.award.award_dates import APPEAL, APPEAL_ANSWER, NOTICE, OBJECTION
from services.calendar.counted_dates import CountedDate
from services.conduct.complaints import COMPLAINT
from services.conduct.conduct_list import REPLY
from services.conduct.material_reviews import REVIEW
from services.deliver.replacements import HEARING
from services.events.event import Event, Facts, Notification
from services.gates.gate_date import GATE
from services.publish.call_dates import CLOSING

DATES: Final[Mapping[str, CountedDate]] = {
    date.key: date
    for date in (
        *(CLOSING, NOTICE, OBJECTION, APPEAL, APPEAL_ANSWER),
        *(HEARING, REVIEW, REPLY, COMPLAINT, ANSWERS, GATE),
    )
}


class DateMoved(Event, Notification):
    """A date that everybody may know of was counted anew, as a year's holidays were published."""

    tag = topic = "date.moved"
    line = Text(
        "放假安排公布，{name}顺延至 {after}", "Holidays were published: the {name} is {after} now"
    )
    tone = "warn"
    title = Text("期限顺延", "A date has moved")
    sentence = Text(
        "{about} 的{name}原为 {before}（暂定）；放假安排公布后，顺延至 {after}。",
        "The {name} of {about} was {before}, provisionally. Now that the year's holidays are "
        "published, it is {after}.",
    )
    page = "/desk/{about}"
    date: str
    before: datetime
    after: datetime

    def words(self) -> Mapping[str, Text]:
        """Return what people call the date."""
        return {"name": DATES[self.date].name}


class DateMovedApart(Event):
    """A date that concerns some alone was counted anew."""

    tag = "date.moved-apart"
    date: str
    before: datetime
    after: datetime


EVENTS: Final[tuple[type[Facts], ...]] = (DateMoved, DateMovedApart)
