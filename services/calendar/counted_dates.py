"""Dates counted in working days, and which of them may still move.

A date that counts days of a year whose holidays are not published yet is provisional. What it was
counted from is kept, so that it is counted again once the year's list is here.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import class_mapper
from sqlmodel import Session, SQLModel

from domain.lifecycle import Status
from domain.text import Text
from models import Project, WorkingPeriod
from services.clock import work_calendar
from services.events.audiences import Audience

# Of a row and its project, if it has one: whether somebody still goes by the date.
Runs = Callable[[Any, Project | None], bool]


class CountedDate(NamedTuple):
    """A column that holds the end of a period in working days, and what people call it.

    ``runs`` tells whether the date still matters; ``public`` whether everybody may know of it.
    ``named`` says what people call the date of one row, where that differs; ``earlier`` whether it
    may move to an earlier day: only where its passing ends nothing.
    """

    model: type[SQLModel]
    column: str
    name: Text
    runs: Runs
    public: bool = False
    named: Callable[[Any], Text] | None = None
    earlier: Callable[[Any], bool] | None = None

    @property
    def key(self) -> str:
        """Return how a kept period names its date, such as ``award.notice_until``."""
        return f"{self.model.__tablename__}.{self.column}"

    def name_of(self, row: SQLModel) -> Text:
        """Return what people call the date of this row."""
        return self.named(row) if self.named else self.name

    def may_come_earlier(self, row: SQLModel) -> bool:
        """Tell whether it may move to an earlier day."""
        return self.earlier is not None and self.earlier(row)


def runs_in(*statuses: Status) -> Callable[[Project | None], bool]:
    """Return whether a project, if there is one, has one of these statuses."""
    return lambda project: project is not None and project.status in statuses


def count_days(
    session: Session,
    date: CountedDate,
    row: SQLModel,
    *,
    at: datetime,
    days: int,
    project_id: UUID | None,
    audiences: Sequence[Audience] = (),
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
                audiences=[str(audience) for audience in audiences],
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


def counted_row(session: Session, date: CountedDate, period: WorkingPeriod) -> SQLModel | None:
    """Return the row that has the date of a kept period, locked; None if it is gone."""
    model = date.model
    columns = class_mapper(model).primary_key
    parts = zip(columns, period.row.split("/"), strict=True)
    key = tuple(column.type.python_type(part) for column, part in parts)
    return session.get(model, key, with_for_update=True, populate_existing=True)


def _identity(row: SQLModel) -> str:
    return "/".join(str(part) for part in class_mapper(type(row)).primary_key_from_instance(row))
