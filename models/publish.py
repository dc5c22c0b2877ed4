"""The call on the public board, in versions."""

from datetime import date
from typing import Any, Literal

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from domain.deliver.indicators import Adds, usual
from models.columns import (
    UUID,
    Decimal,
    at,
    datetime,
    json_dict,
    json_list,
    key,
    maybe_at,
    maybe_yuan,
)
from models.limits import MOST_YUAN
from models.shapes import Shape


class Indicator(Shape):
    """A measurable outcome; ``adds`` says how its reports add up, by its unit where it is open."""

    name: str = Field(min_length=1, max_length=60)
    target: Decimal = Field(gt=0, le=MOST_YUAN)
    unit: str = Field(min_length=1, max_length=20)
    adds: Adds | None = None

    def resolved(self) -> dict[str, Any]:
        """Return the indicator as it is kept, with how it adds up."""
        return self.model_dump(mode="json") | {"adds": (self.adds or usual(self.unit)).value}


class CallCreate(Shape):
    """What the person who prepares a call types; amounts in yuan, rubric weights in percent."""

    title: str = Field(min_length=2, max_length=120)
    problem: str = Field(min_length=10, max_length=4000)
    scope: str = Field(min_length=5, max_length=4000)
    outcomes: list[Indicator] = Field(min_length=1)
    ceiling: Decimal | None = Field(default=None, gt=0, le=MOST_YUAN)
    min_org_stage: Literal["grassroots", "filed", "registered"] = "filed"
    min_grade: Literal["none", "1A", "2A", "3A", "4A", "5A"] = "none"
    min_credit: Decimal = Field(default=Decimal(60), ge=0, le=1000)
    rubric: dict[str, Decimal]
    delivery_from: date
    delivery_until: date
    consortia: bool = True
    blind: bool = False


class Call(SQLModel, table=True):
    """One version of a call. Before publication ``published_at`` and the dates are empty.

    Where it is ``blind``, the panel's first reading does not show whose bid it is.
    """

    __table_args__ = (UniqueConstraint("project_id", "version"),)

    id: UUID = key()
    project_id: UUID = Field(foreign_key="project.id", index=True)
    version: int
    title: str
    problem: str
    scope: str
    outcomes: list[dict[str, Any]] = json_list()
    ceiling: Decimal | None = maybe_yuan()
    criteria: dict[str, Any] = json_dict()
    rubric: dict[str, str] = json_dict()
    delivery_from: date
    delivery_until: date
    consortia: bool
    blind: bool = False
    drafted_at: datetime = at()
    published_at: datetime | None = maybe_at()
    opens_at: datetime | None = maybe_at()
    question_deadline: datetime | None = maybe_at()
    closes_at: datetime | None = maybe_at()
    extended: bool = False
    superseded_at: datetime | None = maybe_at()


class CallTemplate(SQLModel, table=True):
    """What a call for such a service usually says; no category means any."""

    __tablename__ = "call_template"

    id: UUID = key()
    name: str
    category: str | None = None
    content: dict[str, Any] = json_dict()
    changed_at: datetime = at()


class CallQuestion(SQLModel, table=True):
    """A question about an open call and its answer, both public; who asked is not."""

    __tablename__ = "question"

    id: UUID = key()
    project_id: UUID = Field(foreign_key="project.id", index=True)
    call_id: UUID = Field(foreign_key="call.id", index=True)
    asked_by: UUID = Field(foreign_key="person.id")
    text: str
    asked_at: datetime = at()
    answer: str | None = None
    answered_by: UUID | None = Field(default=None, foreign_key="person.id")
    answered_at: datetime | None = maybe_at()
