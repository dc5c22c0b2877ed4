"""The dates of an award that are counted in working days."""

from typing import Final

from domain.lifecycle import Status
from domain.text import Text
from models import Award, Objection
from services.calendar.counted_dates import CountedDate, runs_in

_noticed = runs_in(Status.IN_PUBLIC_NOTICE)

NOTICE: Final = CountedDate(
    Award,
    "notice_until",
    Text("公示截止", "end of the notice"),
    lambda award, project: award.withdrawn_at is None and _noticed(project),
    public=True,
)
OBJECTION: Final = CountedDate(
    Objection,
    "due_at",
    Text("异议答复期限", "answer to an objection"),
    lambda objection, project: objection.upheld is None and _noticed(project),
    public=True,
)
APPEAL: Final = CountedDate(
    Objection,
    "appeal_until",
    Text("申诉截止", "end of appeals"),
    lambda objection, project: objection.appealed_at is None and _noticed(project),
    public=True,
)
APPEAL_ANSWER: Final = CountedDate(
    Objection,
    "appeal_due_at",
    Text("申诉答复期限", "answer to an appeal"),
    lambda objection, project: objection.appeal_upheld is None and _noticed(project),
    public=True,
)
