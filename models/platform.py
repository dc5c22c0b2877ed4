"""The installation itself: its clock, and the jobs that run by themselves."""

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field, SQLModel

from models.columns import at, datetime, maybe_at


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


class JobRun(SQLModel, table=True):
    """When a job that runs by itself last ran, by the real clock, and since when it is expected."""

    __tablename__ = "job_run"

    job: str = Field(primary_key=True)
    watched_since: datetime = at()
    ran_at: datetime | None = maybe_at()
