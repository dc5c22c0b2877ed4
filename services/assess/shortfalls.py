"""Residents' answers that stay too few: an administrator widens the invitation or lowers the minimum.

Either is recorded with its reason and public; the minimum is lowered for this round of answers only.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlmodel import Field, Session, col, select

from domain.assess.shortfall import Remedy, check_lowered, falls_short
from domain.award.scoring import Party
from domain.errors import BadInput, NotPermitted
from domain.gates import GateKind
from domain.identity.permissions import Act
from domain.lifecycle import Status
from domain.privacy import mask
from domain.text import Text
from models import Gate, Project, Shortfall
from models.shapes import Command
from services.assess.assessment_rules import assessment_rules, responses_by_party
from services.assess.events import InvitationWidened, MinimumLowered, ShortfallDecided
from services.bid.interests import require_no_interest
from services.calendar.counted_dates import (
    CountedDate,
    count_days,
    forget_period,
    is_provisional,
    runs_in,
)
from services.clock import now
from services.district.rounds import settings_of
from services.events import audiences
from services.events.record import record, tell
from services.gates.gate_date import GATE
from services.gates.settle_gate import current_gate, require_facts_wanted, settle_current
from services.identity.actors import Actor, authorise, place_of
from services.projects.moves import lock_project
from services.rows import next_number

_LONGEST_REASON: Final = 1000
_MOST_DAYS: Final = 20


ANSWERS: Final = CountedDate(
    Shortfall,
    "until",
    Text("居民评价截止", "end of residents' answers"),
    lambda _, project: runs_in(Status.ASSESSING)(project),
    public=True,
)


class ShortfallCreate(Command):
    """What is decided, and why: more working days to answer in, or a lower minimum."""

    remedy: Remedy
    days: int | None = Field(default=None, ge=1, le=_MOST_DAYS)
    minimum: int | None = Field(default=None, ge=1)
    reason: str = Field(min_length=5, max_length=_LONGEST_REASON)


class Shortage(NamedTuple):
    """How many residents answered, how many are needed, and how far the minimum may be lowered."""

    answers: int
    minimum: int
    floor: int


def shortage_of(session: Session, project: Project, gate: Gate, at: datetime) -> Shortage | None:
    """Return the shortage, once the reminder went out; None while nothing is to be decided."""
    answers = responses_by_party(session, project)[Party.RESIDENTS]
    minimum = assessment_rules(session, project)[Party.RESIDENTS].minimum
    if not falls_short(answers, minimum, gate.due_at, at):
        return None
    return Shortage(answers, minimum, settings_of(session, project).residents_floor)


def decide_shortfall(
    session: Session, *, project_id: UUID, actor: Actor, decision: ShortfallCreate
) -> Shortfall:
    """Record the decision and let it take effect at the gate.

    Raises NotPermitted before the reminder, once there are enough answers and for other people,
    BadInput for a minimum that is not lower or below the floor.
    """
    project = lock_project(session, project_id)
    authorise(session, actor, Act.DECIDE_SHORTFALL, place_of(project))
    require_no_interest(session, project, actor)
    require_facts_wanted(session, project)
    gate = current_gate(session, project, GateKind.EVENT)
    at = now(session)
    short = shortage_of(session, project, gate, at) if gate else None
    if gate is None or short is None:
        raise NotPermitted(
            zh="居民评价还没有在提醒之后仍不足的情况。",
            en="residents' answers are not short after a reminder.",
        )
    minimum = short.minimum
    if decision.remedy is Remedy.LOWER:
        if decision.minimum is None:
            raise BadInput(zh="请填写降低后的份数。", en="Give the lower minimum.")
        check_lowered(decision.minimum, minimum=short.minimum, floor=short.floor)
        minimum = decision.minimum
    elif decision.days is None:
        raise BadInput(zh="请填写延长的工作日数。", en="Give the working days that are added.")
    shortfall = Shortfall(
        project_id=project.id,
        round=project.stage_round,
        number=next_number(
            session,
            Shortfall,
            Shortfall.project_id == project.id,
            Shortfall.round == project.stage_round,
        ),
        remedy=decision.remedy,
        answers=short.answers,
        before=short.minimum,
        minimum=minimum,
        until=None,
        reason=decision.reason,
        decided_by=actor.person_id,
        decided_at=at,
    )
    if decision.remedy is not Remedy.LOWER and decision.days is not None:
        gate.due_at = count_days(
            session, ANSWERS, shortfall, at=at, days=decision.days, project_id=project.id
        )
        gate.due_provisional = is_provisional(session, ANSWERS, shortfall)
        forget_period(session, GATE, gate)
    session.add(shortfall)
    kind = MinimumLowered if decision.remedy is Remedy.LOWER else InvitationWidened
    record(
        session,
        kind(before=short.minimum, minimum=minimum, until=shortfall.until),
        about=project.code,
        by=actor.login,
        at=at,
    )
    tell(
        session,
        ShortfallDecided(),
        about=project.code,
        at=at,
        to=(audiences.community(project.community_code), audiences.street(project.street_code)),
        once=f"shortfall:{project.id}:{shortfall.number}",
    )
    settle_current(session, project, GateKind.EVENT, at)
    return shortfall


def shortfalls_of(session: Session, project: Project) -> list[Shortfall]:
    """Return the decisions about too few answers to a project, in order."""
    return list(
        session.exec(
            select(Shortfall)
            .where(Shortfall.project_id == project.id)
            .order_by(col(Shortfall.number))
        ).all()
    )


@dataclass(frozen=True, slots=True)
class ShortfallLine:
    """A decision about too few answers, as anybody may read it."""

    remedy: Remedy
    answers: int
    before: int
    minimum: int
    until: datetime | None
    reason: str
    decided_at: datetime


def public_shortfalls(session: Session, project: Project) -> tuple[ShortfallLine, ...]:
    """Return the decisions about too few answers, with personal data masked."""
    return tuple(
        ShortfallLine(
            *(
                shortfall.remedy,
                shortfall.answers,
                shortfall.before,
                shortfall.minimum,
                shortfall.until,
            ),
            mask(shortfall.reason),
            shortfall.decided_at,
        )
        for shortfall in shortfalls_of(session, project)
    )
