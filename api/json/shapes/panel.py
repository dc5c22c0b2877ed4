"""Panels: who is on them, what they mark and change, and their minutes."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import Field

from api.json.shapes.base import Given, Marks, Taken
from api.json.shapes.bids import SheetMemberPublic
from api.json.shapes.gates import RankLine
from domain.award.scoring import PanelParty


class ReserveCreate(Taken):
    """Somebody who takes the seat of who is recused; the party they come from."""

    id: UUID
    party: PanelParty


class PanelCreate(Taken):
    """A panel: people by the party they come from, who waits in reserve in order, and its chair."""

    members: dict[UUID, PanelParty]
    reserve: list[ReserveCreate] = Field(default=[], max_length=50)
    chair: UUID


class CandidatePublic(Given):
    """Somebody who may be on a panel; ``interested`` members would be recused."""

    id: UUID
    name: str
    party: PanelParty
    interested: bool


class InterestCreate(Taken):
    """Whether one has an interest in any of the bidders."""

    interest: bool


class ScoreCreate(Marks):
    """Marks of a bid, and a remark that its bidder is told without a name."""

    remark: str = Field(default="", max_length=1000)


class MarksApartPublic(Given):
    """A criterion of a bid whose marks lie too far apart: all of them, ascending."""

    receipt: str
    criterion: str
    marks: list[Decimal]


class SittingPublic(Given):
    """A member of a panel, or of its reserve while ``seated_at`` is null."""

    name: str
    party: PanelParty
    chairs: bool
    seated_at: datetime | None
    declared_at: datetime | None
    recused_at: datetime | None
    recusal: str | None
    replaces: str | None


class SheetPublic(Given):
    """One member's marks of a bid as they stand."""

    name: str
    marks: dict[str, str]
    remark: str


class MarkedPublic(Given):
    """A ranked bid with the arithmetic of its total, and every sheet."""

    receipt: str
    members: list[SheetMemberPublic]
    place: int
    total: Decimal
    tie_break: str | None
    lines: list[RankLine]
    sheets: list[SheetPublic]


class ChangePublic(Given):
    """A mark that was changed, and why."""

    name: str
    receipt: str
    criterion: str
    before: Decimal
    after: Decimal
    reason: str
    at: datetime


class ApartPublic(Given):
    """Marks that lay too far apart: the lowest and highest that count."""

    receipt: str
    criterion: str
    lowest: Decimal
    highest: Decimal


class MinutesPublic(Given):
    """Everything a panel did in one round."""

    round: int
    formed_at: datetime
    trim: bool
    members: list[SittingPublic]
    bids: list[MarkedPublic]
    apart: list[ApartPublic]
    met_on: date | None
    present: list[str]
    discussion: str | None
    changes: list[ChangePublic]
    ranked_at: datetime
    confirmed_at: datetime | None
    seed: str
