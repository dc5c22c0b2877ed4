"""Gates and the decisions at them, the effects of a run, and the worker that executes it."""

from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from domain.gates import GateKind, Outcome, Verb
from models.columns import UUID, at, datetime, enum_type, json_dict, key, maybe_at


class Process(SQLModel, table=True):
    """What one flow run carries to its end: a project's lifecycle, or what else waits at gates.

    A lifecycle has its project's id. ``definition`` is the flow and version it runs by, ``code`` how
    people call it. ``project_id`` is the project it is about, if it is about one; the place is where
    roles are held for it, the whole district where none is named.
    """

    __table_args__ = (
        CheckConstraint(
            "id = project_id OR definition NOT LIKE 'project-lifecycle/%'",
            name="a_lifecycle_is_its_project",
        ),
        UniqueConstraint("id", "code"),
    )

    id: UUID = key()
    definition: str
    code: str = Field(unique=True)
    street_code: str | None = Field(default=None, foreign_key="street.code", index=True)
    community_code: str | None = Field(default=None, foreign_key="community.code", index=True)
    project_id: UUID | None = Field(default=None, foreign_key="project.id", index=True)


class Gate(SQLModel, table=True):
    """A gate of one process.

    ``outcome`` says that it was decided, ``passed_at`` that the run has gone through.
    ``nudged`` asks the dispatcher to wake the run although nothing is decided (data was mended).
    ``wake`` counts suspensions, ``parked_wake`` is the last that Prefect has accepted.
    ``ui_key`` is the last response taken from the Prefect UI, so that it counts once.
    """

    __table_args__ = (
        UniqueConstraint("process_id", "stage", "kind", "round"),
        Index("gate_waiting", "process_id", postgresql_where=text("passed_at IS NULL")),
    )

    id: UUID = key()
    process_id: UUID = Field(foreign_key="process.id", index=True)
    stage: str = Field(max_length=40)
    kind: GateKind = Field(sa_type=enum_type(GateKind))
    round: int
    policy: dict[str, Any] = json_dict()
    dossier: dict[str, Any] = json_dict()
    dossier_version: int = 1
    dossier_at: datetime = at()
    opened_at: datetime = at()
    due_at: datetime | None = maybe_at()
    due_provisional: bool = False
    outcome: Outcome | None = Field(default=None, sa_type=enum_type(Outcome), nullable=True)
    option: str | None = None
    decided_at: datetime | None = maybe_at()
    passed_at: datetime | None = maybe_at()
    nudged: bool = False
    wake: int = 0
    parked_wake: int = 0
    parked_at: datetime | None = maybe_at()
    ui_failures: int = 0
    ui_notice: str | None = None
    ui_key: str | None = None


class Decision(SQLModel, table=True):
    """The decision of one person at a gate; ``key`` makes deciding twice the same as once.

    ``for_id`` is the person who was away and had delegated, where somebody decided in their place.
    """

    id: UUID = key()
    gate_id: UUID = Field(foreign_key="gate.id", index=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    for_id: UUID | None = Field(default=None, foreign_key="person.id")
    verb: Verb = Field(sa_type=enum_type(Verb))
    option: str | None = None
    seat: int
    comment: str = ""
    channel: str
    dossier_version: int
    key: str = Field(unique=True)
    decided_at: datetime = at()


class Claim(SQLModel, table=True):
    """Somebody has said that they are at work on a gate, so that others need not begin."""

    gate_id: UUID = Field(foreign_key="gate.id", primary_key=True)
    person_id: UUID = Field(foreign_key="person.id")
    claimed_at: datetime = at()


class ApprovalCode(SQLModel, table=True):
    """A one-time code, stored hashed, bound to person, gate, dossier version and decision."""

    __tablename__ = "approval_code"

    id: UUID = key()
    person_id: UUID = Field(foreign_key="person.id", index=True)
    gate_id: UUID = Field(foreign_key="gate.id", index=True)
    digest: str = Field(unique=True)
    verb: Verb = Field(sa_type=enum_type(Verb))
    option: str | None = None
    dossier_version: int
    issued_at: datetime = at()
    expires_at: datetime = at()
    used_at: datetime | None = maybe_at()


class Effect(SQLModel, table=True):
    """Something a stage did, once: doing it again finds the row and returns its result."""

    key: str = Field(primary_key=True)
    process_id: UUID = Field(foreign_key="process.id", index=True)
    result: dict[str, Any] = json_dict()
    done_at: datetime = at()


class ProcessRun(SQLModel, table=True):
    """Which generation of the flow run executes a process, and whether an operator holds it.

    ``finished_at`` is written as the very last thing a run does.
    """

    __tablename__ = "process_run"

    process_id: UUID = Field(foreign_key="process.id", primary_key=True)
    generation: int = 1
    flow_run_id: UUID | None = Field(default=None, unique=True)
    held: bool = False
    requested_at: datetime = at()
    finished_at: datetime | None = maybe_at()


class RunLease(SQLModel, table=True):
    """The worker that executes a process now, until when; times are the database's real clock."""

    __tablename__ = "run_lease"

    process_id: UUID = Field(foreign_key="process.id", primary_key=True)
    generation: int
    worker: str
    token: UUID
    expires_at: datetime = at()


class Incident(SQLModel, table=True):
    """Something that needs a hand; one open row for each process and kind."""

    __table_args__ = (
        Index(
            "incident_open",
            "process_id",
            "kind",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: UUID = key()
    process_id: UUID | None = Field(default=None, foreign_key="process.id", index=True)
    kind: str
    zh: str
    en: str
    opened_at: datetime = at()
    closed_at: datetime | None = maybe_at()
