"""What follows from how organisations do: complaints, corrective action, credit, the conduct list."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from domain.conduct.conduct_list import Colour, Ground, ListStatus
from domain.conduct.corrective import Cause, CorrectiveStatus, NoteKind
from domain.deliver.delivery import StatusColour
from models.columns import (
    UUID,
    at,
    datetime,
    enum_type,
    json_list,
    key,
    maybe_at,
)


class Complaint(SQLModel, table=True):
    """A complaint about a project under way; answered, its answer is public."""

    id: UUID = key()
    code: str = Field(unique=True)
    project_id: UUID = Field(foreign_key="project.id", index=True)
    text: str
    filed_at: datetime = at()
    due_at: datetime = at()
    upheld: bool | None = None
    answer: str | None = None
    answered_by: UUID | None = Field(default=None, foreign_key="person.id")
    answered_at: datetime | None = maybe_at()


class Visit(SQLModel, table=True):
    """A visit to a project under way, and how it was found."""

    id: UUID = key()
    project_id: UUID = Field(foreign_key="project.id", index=True)
    visited_on: date
    colour: StatusColour = Field(sa_type=enum_type(StatusColour))
    note: str
    visited_by: UUID = Field(foreign_key="person.id")
    entered_at: datetime = at()


class CorrectiveAction(SQLModel, table=True):
    """A corrective action on a project: a process of its own; ``organisation_id`` leads the bid.

    ``stage_round`` counts the rounds within its stage.
    """

    __tablename__ = "corrective_action"
    __table_args__ = (ForeignKeyConstraint(["id", "code"], ["process.id", "process.code"]),)

    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    title: str
    project_id: UUID = Field(foreign_key="project.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    status: CorrectiveStatus = Field(
        default=CorrectiveStatus.CORRECTING, sa_type=enum_type(CorrectiveStatus), index=True
    )
    stage_round: int = 1
    opened_at: datetime = at()
    closed_at: datetime | None = maybe_at()


class Finding(SQLModel, table=True):
    """A fault found in a project; while an action is open, the next findings join it."""

    id: UUID = key()
    action_id: UUID = Field(foreign_key="corrective_action.id", index=True)
    cause: Cause = Field(sa_type=enum_type(Cause))
    text: str
    complaint_id: UUID | None = Field(default=None, foreign_key="complaint.id", unique=True)
    milestone_id: UUID | None = Field(default=None, foreign_key="milestone.id", unique=True)
    found_by: UUID | None = Field(default=None, foreign_key="person.id")
    found_at: datetime = at()


class CorrectiveNote(SQLModel, table=True):
    """The text written at one step of a corrective action, once a round.

    ``due_on`` is the day a plan or a guidance names; ``receiver`` and ``people`` say who takes
    over how many beneficiaries at the end.
    """

    __tablename__ = "corrective_note"
    __table_args__ = (UniqueConstraint("action_id", "kind", "round"),)

    id: UUID = key()
    action_id: UUID = Field(foreign_key="corrective_action.id", index=True)
    kind: NoteKind = Field(sa_type=enum_type(NoteKind))
    round: int
    text: str
    due_on: date | None = None
    receiver: str | None = None
    people: int | None = None
    written_by: UUID = Field(foreign_key="person.id")
    written_at: datetime = at()


class MaterialReview(SQLModel, table=True):
    """What an organisation has submitted is said to be false, and why; decided by a second person.

    ``files`` are the proof's: name, SHA-256 and media type. Upheld, it enters the credit ledger.
    """

    __tablename__ = "material_review"

    id: UUID = key()
    code: str = Field(unique=True)
    project_id: UUID = Field(foreign_key="project.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    claim: str
    proof: str
    files: list[Any] = json_list()
    opened_by: UUID = Field(foreign_key="person.id")
    opened_at: datetime = at()
    reply_until: datetime = at()
    reply: str | None = None
    replied_by: UUID | None = Field(default=None, foreign_key="person.id")
    replied_at: datetime | None = maybe_at()
    upheld: bool | None = None
    reason: str | None = None
    decided_by: UUID | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime | None = maybe_at()


class ConductList(SQLModel, table=True):
    """One month's list: a process of its own; it may be replied to until ``reply_until``."""

    __tablename__ = "conduct_list"
    __table_args__ = (ForeignKeyConstraint(["id", "code"], ["process.id", "process.code"]),)

    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    title: str
    period_from: date
    period_until: date
    status: ListStatus = Field(default=ListStatus.LISTING, sa_type=enum_type(ListStatus))
    stage_round: int = 1
    opened_at: datetime = at()
    reply_until: datetime = at()
    published_at: datetime | None = maybe_at()


class ConductEntry(SQLModel, table=True):
    """An entry proposed by the rules; listed only once it is confirmed and its list published.

    ``basis`` holds the codes of the projects it rests on. ``repaired_on`` ends an entry early.
    """

    __tablename__ = "conduct_entry"
    __table_args__ = (
        UniqueConstraint("list_id", "organisation_id", "ground"),
        CheckConstraint("(confirmed IS NULL) = (reason IS NULL)", name="decided_with_a_reason"),
        CheckConstraint("listed_on IS NULL OR confirmed", name="only_what_is_confirmed_is_listed"),
    )

    id: UUID = key()
    list_id: UUID = Field(foreign_key="conduct_list.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    colour: Colour = Field(sa_type=enum_type(Colour))
    ground: Ground = Field(sa_type=enum_type(Ground))
    basis: list[Any] = json_list()
    reply: str | None = None
    replied_by: UUID | None = Field(default=None, foreign_key="person.id")
    replied_at: datetime | None = maybe_at()
    confirmed: bool | None = None
    reason: str | None = None
    decided_by: UUID | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime | None = maybe_at()
    listed_on: date | None = None
    expires_on: date | None = None
    repair_reason: str | None = None
    repaired_by: UUID | None = Field(default=None, foreign_key="person.id")
    repaired_on: date | None = None
