"""Panels: who is on them, what they mark and change, and their minutes."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import Field

from api.json.shapes.base import Marks, ResponseModel
from domain.award.scoring import PanelParty
from services.award.minutes import Apart, MarkChange, Marked, Sitting
from services.award.panel_scores import REMARK


class CandidatePublic(ResponseModel):
    """Somebody who may be on a panel; ``interested`` members would be recused."""

    id: UUID
    name: str
    party: PanelParty
    interested: bool


class ScoreCreate(Marks):
    """Marks of a bid, and a remark that its bidder is told without a name."""

    remark: str = Field(default="", max_length=REMARK.longest)


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
