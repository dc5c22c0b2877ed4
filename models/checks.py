"""Runs of the data checks and the result of every expectation."""

from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from models.columns import UUID, at, datetime, json_list, key


class CheckRun(SQLModel, table=True):
    """One run of one suite over a stage of a process (or over a snapshot: no process)."""

    __tablename__ = "check_run"
    __table_args__ = (Index("check_run_of", "process_id", "suite", "round"),)

    id: UUID = key()
    process_id: UUID | None = Field(default=None, foreign_key="process.id")
    suite: str
    round: int
    passed: bool
    expectations: int
    critical: int
    warnings: int
    milliseconds: int
    checked_at: datetime = at()


class CheckResult(SQLModel, table=True):
    """The result of one expectation; ``rows`` names what failed, without values."""

    __tablename__ = "check_result"

    id: UUID = key()
    run_id: UUID = Field(foreign_key="check_run.id", index=True)
    rule: str
    severity: str
    passed: bool
    zh: str
    en: str
    rows: list[Any] = json_list()
