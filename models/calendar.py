"""The working-day calendar, and the dates counted by years that are not published yet."""

from datetime import date

from sqlmodel import Field, SQLModel

from models.columns import UUID, at, datetime, json_list


class CalendarDay(SQLModel, table=True):
    """A published exception of the working week: a holiday, or a weekend day that is worked."""

    __tablename__ = "calendar_day"

    day: date = Field(primary_key=True)
    kind: str
    reason: str


class CalendarYear(SQLModel, table=True):
    """A year whose holidays are published: its days count as they stand, those of others do not."""

    __tablename__ = "calendar_year"

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    source: str
    published_at: datetime = at()


class WorkingPeriod(SQLModel, table=True):
    """The period of a provisional date; gone once the date counts published years only.

    ``date`` names a table and its column, ``row`` the primary key of the row, ``audiences`` the
    people told if it moves.
    """

    __tablename__ = "working_period"

    row: str = Field(primary_key=True)
    date: str = Field(primary_key=True)
    project_id: UUID | None = Field(default=None, foreign_key="project.id", index=True)
    began_at: datetime = at()
    days: int
    audiences: list[str] = json_list()
