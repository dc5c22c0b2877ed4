"""Panels: who is on them, what they mark and change, and their minutes."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import Field

from api.json.shapes.base import Marks, RequestModel, ResponseModel
from domain.award.scoring import PanelParty
from services.award.minutes import Apart, MarkChange, Marked, Sitting


class ReserveCreate(RequestModel):
    """Somebody who takes the seat of who is recused; the party they come from."""

    id: UUID
    party: PanelParty


class PanelCreate(RequestModel):
    """A panel: people by the party they come from, who waits in reserve in order, and its chair."""

    members: dict[UUID, PanelParty]
    reserve: list[ReserveCreate] = Field(default=[], max_length=50)
    chair: UUID


class CandidatePublic(ResponseModel):
    """Somebody who may be on a panel; ``interested`` members would be recused."""

    id: UUID
    name: str
    party: PanelParty
    interested: bool


class InterestCreate(RequestModel):
    """Whether one has an interest in any of the bidders."""

    interest: bool


class ScoreCreate(Marks):
    """Marks of a bid, and a remark that its bidder is told without a name."""

    remark: str = Field(default="", max_length=1000)


class MarksApartPublic(ResponseModel):
    """A criterion of a bid whose marks lie too far apart: all of them, ascending."""

    receipt: str
    criterion: str
    marks: list[Decimal]


class MinutesPublic(ResponseModel):
    """Everything a panel did in one round."""

    round: int
    formed_at: datetime
    trim: bool
    members: list[Sitting]
    bids: list[Marked]
    apart: list[Apart]
    met_on: date | None
    present: list[str]
    discussion: str | None
    changes: list[MarkChange]
    ranked_at: datetime
    confirmed_at: datetime | None
    seed: str
