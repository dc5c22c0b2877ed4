"""Duties due soon or overdue: answers to complaints, objections and appeals, and reports."""

from datetime import date, datetime
from typing import Final

from domain.text import Text
from services.events.event import Facts, Notification


class AnswerOwed(Notification):
    """An answer is to be given until ``due``."""

    due: datetime


_COMPLAINT: Final = Text(
    "项目 {about} 的投诉应于 {due}前答复，尚未答复。",
    "A complaint about {about} is to be answered by {due} and is not yet.",
)
_OBJECTION: Final = Text(
    "项目 {about} 的异议应于 {due}前答复，尚未答复。",
    "An objection to the award of {about} is to be answered by {due} and is not yet.",
)
_APPEAL: Final = Text(
    "项目 {about} 的异议申诉应于 {due}前答复，尚未答复。",
    "An appeal about the award of {about} is to be answered by {due} and is not yet.",
)


class ComplaintDueSoon(AnswerOwed):
    """An answer to a complaint is due soon."""

    topic = "complaint.remind"
    title = Text("投诉答复即将到期", "A complaint waits for an answer")
    sentence = _COMPLAINT
    page = "/projects/{about}/complaints"


class ComplaintOverdue(AnswerOwed):
    """An answer to a complaint is overdue."""

    topic = "complaint.escalate"
    title = Text("投诉答复已逾期", "An answer to a complaint is overdue")
    sentence = _COMPLAINT
    page = "/projects/{about}/complaints"
    loud = True


class ObjectionDueSoon(AnswerOwed):
    """An answer to an objection is due soon."""

    topic = "objection.remind"
    title = Text("异议答复即将到期", "An objection waits for an answer")
    sentence = _OBJECTION
    page = "/desk/{about}"


class ObjectionOverdue(AnswerOwed):
    """An answer to an objection is overdue."""

    topic = "objection.escalate"
    title = Text("异议答复已逾期", "An answer to an objection is overdue")
    sentence = _OBJECTION
    page = "/desk/{about}"
    loud = True


class AppealDueSoon(AnswerOwed):
    """The decision on an appeal is due soon."""

    topic = "appeal.remind"
    title = Text("申诉决定即将到期", "An appeal waits for you")
    sentence = _APPEAL
    page = "/desk/{about}"


class AppealOverdue(AnswerOwed):
    """The decision on an appeal is overdue."""

    topic = "appeal.escalate"
    title = Text("申诉决定已逾期", "A decision on an appeal is overdue")
    sentence = _APPEAL
    page = "/desk/{about}"
    loud = True


class ReportOwed(Notification):
    """A milestone is to be reported on ``day``."""

    page = "/desk/{about}"
    milestone: int
    day: date


class MilestoneDueSoon(ReportOwed):
    """A milestone is due soon."""

    topic = "milestone.remind"
    title = Text("里程碑即将到期", "A milestone is due soon")
    sentence = Text(
        "项目 {about} 第 {milestone} 个里程碑应于 {day} 完成，请按期报告；需要延期的，请提出变更。",
        "Milestone {milestone} of {about} is due on {day}; report it in time, or ask for another "
        "date.",
    )


class MilestoneOverdue(ReportOwed):
    """A milestone is overdue."""

    topic = "milestone.escalate"
    title = Text("里程碑已逾期", "A milestone is overdue")
    sentence = Text(
        "项目 {about} 第 {milestone} 个里程碑应于 {day} 完成，尚未报告。",
        "Milestone {milestone} of {about} was due on {day} and is not reported.",
    )


REMINDERS: Final[tuple[type[Facts], ...]] = (
    ComplaintDueSoon,
    ComplaintOverdue,
    ObjectionDueSoon,
    ObjectionOverdue,
    AppealDueSoon,
    AppealOverdue,
    MilestoneDueSoon,
    MilestoneOverdue,
)
