"""Every date that is counted in working days, by the key under which its period is kept."""

from collections.abc import Mapping
from typing import Final

from services.assess.shortfalls import ANSWERS
from services.award.award_dates import APPEAL, APPEAL_ANSWER, NOTICE, OBJECTION
from services.calendar.counted_dates import CountedDate
from services.conduct.complaints import COMPLAINT
from services.conduct.conduct_list import REPLY
from services.conduct.material_reviews import REVIEW
from services.deliver.replacements import HEARING
from services.gates.gate_date import GATE
from services.publish.call_dates import CLOSING

DATES: Final[Mapping[str, CountedDate]] = {
    date.key: date
    for date in (
        *(CLOSING, NOTICE, OBJECTION, APPEAL, APPEAL_ANSWER),
        *(HEARING, REVIEW, REPLY, COMPLAINT, ANSWERS, GATE),
    )
}
