"""Accepting milestones: the buyer's verdicts, and the instalments that they release."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlmodel import Field, Session, col, select

from domain.calendar import BEIJING
from domain.deliver.acceptance import (
    AcceptanceVerdict,
    Instalment,
    MilestoneState,
    accept,
)
from domain.deliver.indicators import ReportedQuantity, total
from domain.errors import FieldsWrong, NotPermitted
from domain.gates import GateKind
from domain.identity.permissions import Act
from domain.lifecycle import Status
from domain.text import Text, listed
from models import Acceptance, Agreement, Evidence, Milestone, Person, Project
from models.limits import LONGEST_COMMENT
from models.shapes import Command, Shape
from services.award.awards import present_agreement, supplier_of
from services.bid.interests import require_no_interest
from services.clock import now
from services.deliver.delivery import doubts_of, milestones_of, require_dates_checked
from services.deliver.events import (
    InstalmentReleased,
    MilestoneAccepted,
    MilestoneAcceptedInPart,
    MilestoneReturned,
    MilestoneSentBack,
    MilestoneSettled,
)
from services.deliver.indicators import IndicatorProgress
from services.district.rounds import settings_of
from services.events import audiences
from services.events.event import Event, Notification
from services.events.record import record, tell
from services.gates.kits import working_days
from services.gates.settle_gate import settle_current
from services.identity.actors import Actor, authorise, place_of
from services.projects.moves import lock_project
from services.rows import next_number


class AcceptedShare(Shape):
    """How much of an indicator is accepted, in percent of what the milestone was to bring."""

    name: str = Field(min_length=1, max_length=120)
    percent: Decimal = Field(ge=0, le=100, decimal_places=2)


class AcceptanceCreate(Command):
    """A verdict on a reported milestone; an indicator that is not named is accepted in full.

    ``dates_checked`` says that somebody has looked into the day of the report, where it is in doubt.
    """

    verdict: AcceptanceVerdict
    shares: list[AcceptedShare] = Field(default_factory=list, max_length=40)
    remark: str = Field(default="", max_length=LONGEST_COMMENT)
    dates_checked: bool = False


@dataclass(frozen=True, slots=True)
class AcceptanceLine:
    """A verdict as those concerned read it; ``amount`` in yuan is what it accepted in all."""

    verdict: AcceptanceVerdict
    share: Decimal
    amount: Decimal
    remark: str
    name: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class ChecklistLine:
    """An indicator beside its target: what this milestone reports, and what all of them reach."""

    indicator: IndicatorProgress
    here: Decimal | None


def decide_milestone(
    session: Session, *, milestone_id: UUID, actor: Actor, acceptance: AcceptanceCreate
) -> MilestoneState:
    """Accept a reported milestone, in whole or in part, or send it back with reasons.

    Returns where the milestone stands. What is accepted is released; of the last milestone only at
    the closing. The same verdict again changes nothing. Raises NotPermitted for one that is not
    reported, FieldsWrong where the verdict contradicts itself or a doubtful day is not checked.
    """
    milestone = session.get_one(Milestone, milestone_id)
    project = lock_project(session, milestone.project_id)
    session.refresh(milestone)
    authorise(session, actor, Act.ACCEPT_DELIVERY, place_of(project))
    require_no_interest(session, project, actor)
    shares = _shares(present_agreement(session, project), acceptance.shares)
    waits = milestone.reported_at is not None and milestone.accepted_at is None
    if not waits and _is_same(session, milestone, acceptance, shares):
        return milestone.state
    if not waits or project.status is not Status.DELIVERING:
        raise NotPermitted(
            zh="该里程碑不在待验收状态。", en="this milestone does not wait for acceptance."
        )
    made = accept(
        acceptance.verdict,
        list(shares.values()),
        Instalment(
            milestone.amount,
            milestone.accepted_amount,
            milestone.last_verdict is AcceptanceVerdict.IN_PART,
        ),
        acceptance.remark,
    )
    if made.amount:
        doubts = doubts_of(session, project, [milestone])[milestone.id]
        require_dates_checked(doubts, checked=acceptance.dates_checked)
    at = now(session)
    row = Acceptance(
        milestone_id=milestone.id,
        number=next_number(session, Acceptance, Acceptance.milestone_id == milestone.id),
        verdict=acceptance.verdict,
        shares={name: str(share) for name, share in shares.items()},
        share=made.share,
        amount=made.amount,
        remark=acceptance.remark,
        decided_by=actor.person_id,
        decided_at=at,
    )
    session.add(row)
    before, milestone.accepted_amount = milestone.accepted_amount, made.amount
    milestone.last_verdict = acceptance.verdict
    if made.ends:
        milestone.accepted_at, milestone.accepted_by = at, actor.person_id
    else:
        milestone.reported_at = None
        milestone.resubmit_by = _resubmit_by(session, project, at)
    session.flush()
    if made.amount > before and milestone.number != milestones_of(session, project)[-1].number:
        _release(session, project, milestone, made.amount - before, at)
    _tell(session, project, milestone, row, actor)
    settle_current(session, project, GateKind.EVENT, at)
    return milestone.state


def _is_same(
    session: Session,
    milestone: Milestone,
    acceptance: AcceptanceCreate,
    shares: Mapping[str, Decimal],
) -> bool:
    """Tell whether a verdict is the last one once more."""
    last = session.exec(
        select(Acceptance)
        .where(Acceptance.milestone_id == milestone.id)
        .order_by(col(Acceptance.number).desc())
    ).first()
    return last is not None and (
        (last.verdict, last.remark, {name: Decimal(share) for name, share in last.shares.items()})
        == (acceptance.verdict, acceptance.remark, shares)
    )


def _resubmit_by(session: Session, project: Project, at: datetime) -> date:
    """Return the last day on which a milestone that was sent back may be reported in time."""
    end = working_days(session, at, settings_of(session, project).resubmission_days)
    return (end.at - timedelta(seconds=1)).astimezone(BEIJING).date()


def _shares(agreement: Agreement, given: Sequence[AcceptedShare]) -> dict[str, Decimal]:
    """Return the accepted percentage of each indicator; raise FieldsWrong for one of none."""
    names = [indicator["name"] for indicator in agreement.indicators]
    given_names = [share.name for share in given]
    if len(set(given_names)) < len(given_names):
        raise FieldsWrong({"shares": Text("每个指标只填一次。", "Give each indicator once.")})
    if unknown := sorted({share.name for share in given} - set(names)):
        known = listed(Text(name, name) for name in names)
        raise FieldsWrong(
            {
                "shares": Text(
                    f"协议没有指标“{unknown[0]}”，可填：{known.zh}。",
                    f"The agreement has no indicator {unknown[0]!r}, but {known.en}.",
                )
            }
        )
    shares = {share.name: share.percent for share in given}
    return {name: shares.get(name, Decimal(100)) for name in names}


def _tell(
    session: Session,
    project: Project,
    milestone: Milestone,
    acceptance: Acceptance,
    actor: Actor,
) -> None:
    """Record a verdict; the organisation is told where it has to do something."""
    at = acceptance.decided_at
    match acceptance.verdict:
        case AcceptanceVerdict.ACCEPTED:
            event: Event = MilestoneAccepted(milestone=milestone.number)
        case AcceptanceVerdict.IN_PART:
            event = MilestoneAcceptedInPart(milestone=milestone.number, share=acceptance.share)
        case AcceptanceVerdict.SENT_BACK:
            event = MilestoneSentBack(milestone=milestone.number)
    record(session, event, about=project.code, by=actor.login, at=at)
    if acceptance.verdict is AcceptanceVerdict.ACCEPTED:
        return
    told: Notification = MilestoneReturned(milestone=milestone.number)
    if milestone.accepted_at is not None:
        told = MilestoneSettled(milestone=milestone.number, share=acceptance.share)
    tell(
        session,
        told,
        about=project.code,
        at=at,
        to=audiences.organisation(supplier_of(session, project)),
        once=f"returned:{milestone.id}:{acceptance.number}",
    )


def release_rest(session: Session, project: Project, at: datetime) -> None:
    """Release what was accepted and not released, of the last milestone: when the project ends."""
    for milestone in milestones_of(session, project):
        if milestone.released_at is None and milestone.accepted_amount:
            _release(session, project, milestone, milestone.accepted_amount, at)


def _release(
    session: Session, project: Project, milestone: Milestone, amount: Decimal, at: datetime
) -> None:
    """Release an instalment: at once, or in two parts."""
    first, rest = f"instalment:{milestone.id}", f"instalment-rest:{milestone.id}"
    once = first if milestone.released_at is None else rest
    milestone.released_at = at
    tell(
        session,
        InstalmentReleased(milestone=milestone.number, amount=amount),
        about=project.code,
        at=at,
        to=audiences.street(project.street_code),
        once=once,
    )
    session.flush()


def acceptances_of(
    session: Session, milestones: Collection[Milestone]
) -> dict[UUID, list[AcceptanceLine]]:
    """Return the verdicts on each milestone, by its id, the newest first."""
    lines: dict[UUID, list[AcceptanceLine]] = {milestone.id: [] for milestone in milestones}
    rows = session.exec(
        select(Acceptance, Person.name)
        .join(Person, col(Person.id) == Acceptance.decided_by)
        .where(col(Acceptance.milestone_id).in_(lines))
        .order_by(col(Acceptance.number).desc())
    )
    for row, name in rows:
        lines[row.milestone_id].append(
            AcceptanceLine(row.verdict, row.share, row.amount, row.remark, name, row.decided_at)
        )
    return lines


def checklist(
    indicators: Sequence[IndicatorProgress], evidence: Sequence[Evidence]
) -> tuple[ChecklistLine, ...]:
    """Return what a milestone's evidence counts of each indicator, beside what all of it reaches."""

    def counted(indicator: IndicatorProgress) -> list[ReportedQuantity]:
        return [
            ReportedQuantity(item.quantity, Decimal(1) if item.weight is None else item.weight)
            for item in evidence
            if item.name == indicator.name and item.quantity is not None
        ]

    return tuple(
        ChecklistLine(indicator, total(indicator.adds, counted(indicator)))
        for indicator in indicators
    )
