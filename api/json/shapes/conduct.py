"""Complaints, corrective action and the conduct list."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from api.json.shapes.base import RequestModel, ResponseModel
from domain.conduct.conduct_list import Colour, Ground
from domain.conduct.corrective import Cause, NoteKind
from domain.deliver.delivery import StatusColour
from domain.text import Text
from services.conduct.conduct_list import EntryVerdict
from services.conduct.oversight import VisitLine
from services.uploads import Stored


class ComplaintPublic(ResponseModel):
    """A complaint; its text is public with its answer."""

    code: str
    text: str | None
    filed_at: datetime
    due_at: datetime
    upheld: bool | None
    answer: str | None
    answered_at: datetime | None


class ComplaintReceipt(ResponseModel):
    """What was filed, and by when it is answered."""

    code: str
    due_at: datetime


class DeliveryPublic(ResponseModel):
    """How delivery stands and why; null where nothing is delivered now."""

    colour: StatusColour | None
    reasons: list[Text]
    visits: list[VisitLine]


class FindingPublic(ResponseModel):
    """What was found, for those concerned."""

    cause: Cause
    text: str
    found_at: datetime


class NotePublic(ResponseModel):
    """What was written at a step, for those concerned."""

    kind: NoteKind
    round: int
    text: str
    due_on: date | None
    receiver: str | None
    people: int | None
    written_at: datetime


class ProposedPublic(ResponseModel):
    """An entry that is proposed, for those who reply to it, decide or publish it."""

    id: UUID
    organisation_id: UUID
    colour: Colour
    ground: Ground
    basis: list[str]
    reply: str | None
    confirmed: bool | None
    reason: str | None


class EntryDecision(EntryVerdict):
    """Whether an entry is listed, and why."""

    entry: UUID


class ListDecisions(RequestModel):
    """A decision on every entry of a list."""

    decisions: list[EntryDecision] = Field(min_length=1, max_length=500)


class MaterialReviewReceipt(ResponseModel):
    """The number of a review, and until when the organisation may reply."""

    code: str
    reply_until: datetime


class MaterialReviewPublic(ResponseModel):
    """A review of material before somebody concerned; ``upheld`` is null while it waits."""

    code: str
    organisation: str
    claim: str
    proof: str
    files: list[Stored]
    opened_at: datetime
    reply_until: datetime
    reply: str | None
    upheld: bool | None
    reason: str | None
    decided_at: datetime | None
