"""The four parties' responses, the result, its consequences and the reports."""

from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from domain.assess.shortfall import Remedy
from domain.award.scoring import Party
from models.columns import (
    UUID,
    Decimal,
    at,
    datetime,
    enum_type,
    exact,
    json_dict,
    json_list,
    key,
    maybe_at,
)


class AssessmentResponse(SQLModel, table=True):
    """One answer of one party; ``respondent`` is a person's id or a resident's token.

    ``device`` tells devices apart within one project and names none; ``words`` are a resident's.
    """

    __tablename__ = "assessment_response"
    __table_args__ = (UniqueConstraint("project_id", "round", "party", "respondent"),)

    id: UUID = key()
    project_id: UUID = Field(foreign_key="project.id", index=True)
    round: int
    party: Party = Field(sa_type=enum_type(Party))
    respondent: str
    marks: dict[str, Any] = json_dict()
    on_paper: bool = False
    device: str | None = None
    words: str = ""
    answered_at: datetime = at()


class Shortfall(SQLModel, table=True):
    """A decision where residents' answers stayed too few, with their number at that time.

    ``minimum`` holds from then on for the round, in place of ``before``; ``until`` is the new date
    where the invitation was widened.
    """

    __table_args__ = (UniqueConstraint("project_id", "number"),)

    id: UUID = key()
    project_id: UUID = Field(foreign_key="project.id", index=True)
    round: int
    number: int
    remedy: Remedy = Field(sa_type=enum_type(Remedy))
    answers: int
    before: int
    minimum: int
    until: datetime | None = maybe_at()
    reason: str
    decided_by: UUID = Field(foreign_key="person.id")
    decided_at: datetime = at()


class AssessmentResult(SQLModel, table=True):
    """The result, 0 to 100, with the arithmetic that leads to it."""

    __tablename__ = "assessment_result"

    project_id: UUID = Field(foreign_key="project.id", primary_key=True)
    round: int = Field(primary_key=True)
    value: Decimal = exact(digits=5)
    grade: str
    spread: Decimal = exact(digits=5)
    flagged: bool
    parties: list[dict[str, Any]] = json_list()
    computed_at: datetime = at()
    confirmed_at: datetime | None = maybe_at()


class Report(SQLModel, table=True):
    """A report that was issued: its language, format, digest and place under the data directory."""

    __table_args__ = (UniqueConstraint("project_id", "lang", "format"),)

    id: UUID = key()
    project_id: UUID = Field(foreign_key="project.id", index=True)
    lang: str
    format: str
    path: str
    sha256: str
    issued_at: datetime = at()


class ResidentToken(SQLModel, table=True):
    """A printed code by which one resident assesses one project, once; only its digest is kept."""

    __tablename__ = "resident_token"

    id: UUID = key()
    project_id: UUID = Field(foreign_key="project.id", index=True)
    digest: str = Field(unique=True)
    number: int
    issued_by: UUID = Field(foreign_key="person.id")
    issued_at: datetime = at()
    used_at: datetime | None = maybe_at()
