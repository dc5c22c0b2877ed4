"""The installation itself, its rounds with their settings, and the working-day calendar."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field, SQLModel

from models.columns import UUID, at, datetime, json_dict, json_list, key, maybe_at


class Platform(SQLModel, table=True):
    """One row: whether this database was created as a demo, and its clock's offset in seconds."""

    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("demo OR clock_offset = 0", name="only_a_demo_moves_its_clock"),
    )

    id: int = Field(default=1, primary_key=True)
    demo: bool = False
    clock_offset: int = Field(default=0, sa_type=BigInteger)
    created_at: datetime = at()


class Round(SQLModel, table=True):
    """A round of open calls; ``settings_version`` is what projects formed from now on go by."""

    id: UUID = key()
    code: str = Field(unique=True)
    name: str
    settings_version: int = 1
    created_at: datetime = at()


class RoundSettings(SQLModel, table=True):
    """One version of a round's settings, which began as the defaults of domain.md; never changed.

    A project keeps the version it was formed under. The first has no reason.
    """

    __tablename__ = "round_settings"

    round_id: UUID = Field(foreign_key="round.id", primary_key=True)
    version: int = Field(primary_key=True)
    settings: dict[str, Any] = json_dict()
    reason: str
    set_by: UUID | None = Field(default=None, foreign_key="person.id")
    set_at: datetime = at()


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
    """What a provisional date was counted from; gone once the date counts published years only.

    ``date`` names a table and its column, ``row`` the primary key of the row, ``audiences`` who is told
    if it moves.
    """

    __tablename__ = "working_period"

    row: str = Field(primary_key=True)
    date: str = Field(primary_key=True)
    project_id: UUID | None = Field(default=None, foreign_key="project.id", index=True)
    began_at: datetime = at()
    days: int
    audiences: list[str] = json_list()


class JobRun(SQLModel, table=True):
    """When a job that runs by itself last ran, by the real clock, and since when it is expected."""

    __tablename__ = "job_run"

    job: str = Field(primary_key=True)
    watched_since: datetime = at()
    ran_at: datetime | None = maybe_at()
