"""Complaints, corrective action and the conduct list."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from api.json.shapes.base import Given, Taken, TextPublic
from domain.conduct.conduct_list import Colour, Ground
from domain.conduct.corrective import Cause, CorrectiveStatus, NoteKind
from domain.deliver.delivery import StatusColour


class ComplaintPublic(Given):
    """A complaint; its text is public with its answer."""

    code: str
    text: str | None
    filed_at: datetime
    due_at: datetime
    upheld: bool | None
    answer: str | None
    answered_at: datetime | None


class ComplaintFiled(Given):
    """What was filed, and by when it is answered."""

    code: str
    due_at: datetime


class VisitPublic(Given):
    """A visit, and how the project was found."""

    visited_on: date
    colour: StatusColour
    note: str


class DeliveryPublic(Given):
    """How delivery stands and why; null where nothing is delivered now."""

    colour: StatusColour | None
    reasons: list[TextPublic]
    visits: list[VisitPublic]


class CorrectivePublic(Given):
    """A corrective action: what it rests on, and where it stands."""

    code: str
    status: CorrectiveStatus
    causes: list[Cause]
    opened_at: datetime
    closed_at: datetime | None


class FindingPublic(Given):
    """What was found, for those concerned."""

    cause: Cause
    text: str
    found_at: datetime


class NotePublic(Given):
    """What was written at a step, for those concerned."""

    kind: NoteKind
    round: int
    text: str
    due_on: date | None
    receiver: str | None
    people: int | None
    written_at: datetime


class ProposedPublic(Given):
    """An entry that is proposed, for those who reply to it, decide or publish it."""

    id: UUID
    organisation_id: UUID
    colour: Colour
    ground: Ground
    basis: list[str]
    reply: str | None
    confirmed: bool | None
    reason: str | None


class ListedPublic(Given):
    """An entry of the conduct list; ``counts`` while it has neither expired nor been repaired."""

    id: UUID
    organisation_id: UUID
    organisation: str
    colour: Colour
    ground: Ground
    basis: list[str]
    reason: str
    reply: str | None
    listed_on: date
    expires_on: date
    repair_from: date
    repaired_on: date | None
    repair_reason: str | None
    counts: bool


class EntryDecision(Taken, str_strip_whitespace=True):
    """Whether an entry is listed, and why."""

    entry: UUID
    confirmed: bool
    reason: str = Field(min_length=2, max_length=4000)


class ListDecisions(Taken):
    """A decision on every entry of a list."""

    decisions: list[EntryDecision] = Field(min_length=1, max_length=500)


class ProofFilePublic(Given):
    """A file of a proof."""

    name: str
    sha256: str
    media_type: str


class MaterialReviewOpened(Given):
    """The number of a review, and until when the organisation may reply."""

    code: str
    reply_until: datetime


class MaterialReviewPublic(Given):
    """A review of material before somebody concerned; ``upheld`` is null while it waits."""

    code: str
    organisation: str
    claim: str
    proof: str
    files: list[ProofFilePublic]
    opened_at: datetime
    reply_until: datetime
    reply: str | None
    upheld: bool | None
    reason: str | None
    decided_at: datetime | None
