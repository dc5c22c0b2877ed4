"""Loans of the hall: the rows, the moves, and what people do."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import DateTime
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, select

from domain import states
from domain.gates import GateKind, Outcome
from domain.text import Text
from models import Gate, Project
from models.columns import enum_type
from services.clock import now
from services.events.event import Event, Facts
from services.events.record import record
from services.execution.runs import begin_process
from services.gates.settle_gate import require_facts_wanted, settle_current
from services.gates.subjects import lock_subject
from services.identity.actors import Actor

DEFINITION: Final = "hall-loan/v1"
WATCHED: Final = timedelta(seconds=1)


class Status(StrEnum):
    ASKED = "asked"
    LENT = "lent"
    OVER = "over"
    REFUSED = "refused"


class Move(StrEnum):
    LEND = "lend"
    REFUSE = "refuse"
    END = "end"


MOVES: Final[Mapping[tuple[Status, Move], Status]] = {
    (Status.ASKED, Move.LEND): Status.LENT,
    (Status.ASKED, Move.REFUSE): Status.REFUSED,
    (Status.LENT, Move.END): Status.OVER,
}
STATUS_NAMES: Final[Mapping[Status, Text]] = {
    Status.ASKED: Text("待借", "asked for"),
    Status.LENT: Text("借出", "lent"),
    Status.OVER: Text("已归还", "given back"),
    Status.REFUSED: Text("不借", "refused"),
}


class _Apart(SQLModel, registry=registry()):
    """Tables of the toy are none of the platform's."""


class Loan(_Apart, table=True):
    __tablename__ = "toy_loan"

    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    title: str
    status: Status = Field(default=Status.ASKED, sa_type=enum_type(Status))
    stage_round: int = 1
    lent_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    returned_by: UUID | None = None


class LoanAsked(Event):
    """Somebody asked for the hall."""

    tag = "loan.asked"
    line = Text("申请借用活动室", "The hall was asked for")
    tone = "start"


class HallReturned(Event):
    """The hall is given back."""

    tag = "loan.returned"
    line = Text("活动室已归还", "The hall was given back")


EVENTS: Final[tuple[type[Facts], ...]] = (LoanAsked, HallReturned)


def ask_for_hall(session: Session, *, place: Project, title: str, actor: Actor) -> Loan:
    """Ask for the hall of a community; the run begins."""
    number = len(session.exec(select(Loan)).all()) + 1
    loan = Loan(id=uuid4(), code=f"TOY-{number:04d}", title=title)
    at = now(session)
    begin_process(session, DEFINITION, process_id=loan.id, code=loan.code, place=place, at=at)
    session.add(loan)
    record(session, LoanAsked(), about=loan.code, by=actor.login, at=at)
    session.flush()
    return loan


def give_back(session: Session, *, loan_id: UUID, actor: Actor) -> None:
    """Say that the hall is given back."""
    loan = lock_subject(session, loan_id)
    require_facts_wanted(session, loan)
    loan.returned_by = actor.person_id
    at = now(session)
    record(session, HallReturned(), about=loan.code, by=actor.login, at=at)
    settle_current(session, loan, GateKind.EVENT, at)


def conclude(session: Session, loan: Loan, gate: Gate, at: datetime) -> None:
    """Lend the hall, or refuse."""
    if gate.outcome is Outcome.RETURNED:
        loan.stage_round += 1
        return
    move = Move.LEND if gate.outcome is Outcome.APPROVED else Move.REFUSE
    loan.status, loan.lent_at = advance(loan.status, move), at
    session.flush()


def end(session: Session, loan: Loan, at: datetime) -> dict[str, object]:
    """The hall is back, and the time to look at it is over."""
    del at
    loan.status = advance(loan.status, Move.END)
    session.flush()
    return {}


def advance(status: Status, move: Move) -> Status:
    return states.advance(MOVES, status, move, STATUS_NAMES)
