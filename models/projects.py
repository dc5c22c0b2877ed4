"""Projects, the needs they gather, their appraisal and every move they made."""

from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from domain.lifecycle import Action, Status
from models.columns import (
    UUID,
    Decimal,
    at,
    datetime,
    enum_type,
    json_dict,
    key,
    maybe_at,
    maybe_yuan,
)


class Project(SQLModel, table=True):
    """A project and where it stands; ``stage_round`` counts the rounds within its stage.

    It goes by the settings of its round as they were when it was formed.
    """

    # The board counts every street's projects under every heading from this index alone.
    __table_args__ = (
        Index("project_street_status_ix", "street_code", "status"),
        ForeignKeyConstraint(
            ["round_id", "settings_version"],
            ["round_settings.round_id", "round_settings.version"],
        ),
    )

    id: UUID = key()
    code: str = Field(unique=True)
    title: str
    category: str = Field(index=True)
    street_code: str = Field(foreign_key="street.code")
    community_code: str = Field(foreign_key="community.code", index=True)
    round_id: UUID = Field(foreign_key="round.id", index=True)
    settings_version: int
    status: Status = Field(default=Status.DRAFT, sa_type=enum_type(Status), index=True)
    stage_round: int = 1
    root_cause: str | None = None
    target_group: str | None = None
    beneficiaries: int | None = None
    budget: Decimal | None = maybe_yuan()
    created_at: datetime = at()
    closed_at: datetime | None = maybe_at()


class ProjectNeed(SQLModel, table=True):
    """A need gathered into a project, until the project ends without answering it."""

    __tablename__ = "project_need"
    __table_args__ = (
        Index(
            "need_in_one_project",
            "need_id",
            unique=True,
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    need_id: UUID = Field(foreign_key="need.id", primary_key=True)
    project_id: UUID = Field(foreign_key="project.id", primary_key=True, index=True)
    released_at: datetime | None = maybe_at()


class StatusChange(SQLModel, table=True):
    """One move of a project, as the lifecycle table allowed it; cancelling has a reason."""

    __tablename__ = "status_change"

    id: UUID = key()
    project_id: UUID = Field(foreign_key="project.id", index=True)
    before: Status = Field(sa_type=enum_type(Status, check="before"))
    action: Action = Field(sa_type=enum_type(Action))
    after: Status = Field(sa_type=enum_type(Status, check="after"))
    reason: str | None = None
    changed_at: datetime = at()


class AppraisalScore(SQLModel, table=True):
    """One appraiser's marks (0 to 100 by criterion) of a project in a round."""

    __tablename__ = "appraisal_score"
    __table_args__ = (UniqueConstraint("project_id", "round", "person_id"),)

    id: UUID = key()
    project_id: UUID = Field(foreign_key="project.id", index=True)
    round: int
    person_id: UUID = Field(foreign_key="person.id")
    marks: dict[str, Any] = json_dict()
    scored_at: datetime = at()
