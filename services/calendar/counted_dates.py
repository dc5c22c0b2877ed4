"""Dates counted in working days, and which of them may still move.

A date that counts days of a year whose holidays are not published yet is provisional. What it was
counted from is kept, so that it is counted again once the year's list is here.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy.orm import class_mapper
from sqlmodel import Session, SQLModel

from domain.conduct import ListStatus
from domain.gates import RULES, OnDeadline
from domain.lifecycle import Status
from domain.text import Text
from models import (
    Award,
    Call,
    Complaint,
    ConductList,
    Gate,
    MaterialReview,
    Objection,
    Project,
    Replacement,
    Shortfall,
    WorkingPeriod,
)
from services.clock import work_calendar

# Of a row and its project, if it has one: whether somebody still goes by the date.
Runs = Callable[[Any, Project | None], bool]


class CountedDate(NamedTuple):
    """A column that holds the end of a period in working days, and what people call it.

    ``runs`` tells whether the date still matters; ``public`` whether everybody may know of it.
    """

    model: type[SQLModel]
    column: str
    name: Text
    runs: Runs
    public: bool = False

    @property
    def key(self) -> str:
        """Return how a kept period names its date, such as ``award.notice_until``."""
        return f"{self.model.__tablename__}.{self.column}"

    def name_of(self, row: SQLModel) -> Text:
        """Return what people call the date of this row."""
        return RULES[row.stage, row.kind].title if isinstance(row, Gate) else self.name

    def may_come_earlier(self, row: SQLModel) -> bool:
        """Tell whether it may move to an earlier day: only where its passing ends nothing."""
        return isinstance(row, Gate) and RULES[row.stage, row.kind].on_deadline is OnDeadline.WAIT


def _at(*statuses: Status) -> Callable[[Project | None], bool]:
    return lambda project: project is not None and project.status in statuses


_noticed = _at(Status.IN_PUBLIC_NOTICE)
_under_way = _at(Status.DELIVERING, Status.ASSESSING)

CLOSING: Final = CountedDate(
    Call,
    "closes_at",
    Text("揭榜截止", "end of bidding"),
    lambda call, project: call.superseded_at is None and _at(Status.BIDDING)(project),
    public=True,
)
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
HEARING: Final = CountedDate(
    Replacement,
    "hearing_until",
    Text("陈述截止", "end of the hearing"),
    lambda replacement, project: replacement.approved is None and _under_way(project),
)
REVIEW: Final = CountedDate(
    MaterialReview,
    "reply_until",
    Text("回应截止", "end of the reply"),
    lambda review, _: review.upheld is None,
)
REPLY: Final = CountedDate(
    ConductList,
    "reply_until",
    Text("申辩截止", "end of replies"),
    lambda conduct_list, _: conduct_list.status is ListStatus.LISTING,
)
COMPLAINT: Final = CountedDate(
    Complaint,
    "due_at",
    Text("投诉答复期限", "answer to a complaint"),
    lambda complaint, _: complaint.answered_at is None,
    public=True,
)
ANSWERS: Final = CountedDate(
    Shortfall,
    "until",
    Text("居民评价截止", "end of residents' answers"),
    lambda _, project: _at(Status.ASSESSING)(project),
    public=True,
)
GATE: Final = CountedDate(
    Gate, "due_at", Text("办理期限", "due date"), lambda gate, _: gate.outcome is None
)

DATES: Final = {
    date.key: date
    for date in (
        *(CLOSING, NOTICE, OBJECTION, APPEAL, APPEAL_ANSWER),
        *(HEARING, REVIEW, REPLY, COMPLAINT, ANSWERS, GATE),
    )
}


def count_days(
    session: Session,
    date: CountedDate,
    row: SQLModel,
    *,
    at: datetime,
    days: int,
    project_id: UUID | None,
    audiences: Sequence[str] = (),
) -> datetime:
    """Set a date to the end of the ``days``-th working day after ``at``, and return it.

    ``row`` has its primary key already. If the date moves, ``audiences`` are told.
    """
    due = work_calendar(session).add_working_days(at, days)
    setattr(row, date.column, due.at)
    forget_period(session, date, row)
    if due.provisional:
        session.add(
            WorkingPeriod(
                row=_identity(row),
                date=date.key,
                project_id=project_id,
                began_at=at,
                days=days,
                audiences=list(audiences),
            )
        )
    return due.at


def forget_period(session: Session, date: CountedDate, row: SQLModel) -> None:
    """Let a date be as it is, whatever it was counted from."""
    if period := session.get(WorkingPeriod, (_identity(row), date.key)):
        session.delete(period)
        session.flush()


def is_provisional(session: Session, date: CountedDate, row: SQLModel) -> bool:
    """Tell whether a date counts days of a year that is not published yet."""
    return session.get(WorkingPeriod, (_identity(row), date.key)) is not None


def counted_row(session: Session, period: WorkingPeriod) -> SQLModel | None:
    """Return the row that has the date of a kept period, locked; None if it is gone."""
    model = DATES[period.date].model
    columns = class_mapper(model).primary_key
    parts = zip(columns, period.row.split("/"), strict=True)
    key = tuple(column.type.python_type(part) for column, part in parts)
    return session.get(model, key, with_for_update=True, populate_existing=True)


def _identity(row: SQLModel) -> str:
    return "/".join(str(part) for part in class_mapper(type(row)).primary_key_from_instance(row))
