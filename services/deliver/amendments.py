"""Amendments of an agreement under way: one side proposes changes, the other decides."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlmodel import Field, Session, col, select

from domain.calendar import BEIJING, add_months
from domain.deliver.amendments import (
    AgreementChange,
    Ending,
    Limits,
    What,
    check_date,
    check_sum,
    shares_of,
)
from domain.errors import BadInput, NotFound, NotPermitted
from domain.identity.permissions import Act
from domain.lifecycle import Status
from domain.text import Text
from models import Agreement, Amendment, Bid, Milestone, Project
from models.limits import MOST_PEOPLE, MOST_YUAN
from models.shapes import Command
from services.award.awards import latest_award, present_agreement
from services.bid.interests import require_no_interest
from services.clock import now
from services.deliver.delivery import milestones_of
from services.deliver.events import (
    AmendmentApproved,
    AmendmentDecided,
    AmendmentDismissed,
    AmendmentProposed,
    AmendmentWithdrawn,
)
from services.district.rounds import settings_of
from services.events import audiences
from services.events.audiences import Audience
from services.events.record import record, tell
from services.identity.actors import Actor, authorise, organisation, place_of
from services.projects.moves import lock_project
from services.publish.present_call import current_call
from services.rows import next_number

_LONGEST: Final = 1000
# How far beyond the last of the present dates a milestone may be put off.
_MONTHS: Final = 6


class MilestoneChange(Command):
    """Another date or another instalment in yuan for a milestone."""

    number: int = Field(ge=1, le=1000)
    due_on: date | None = None
    amount: Decimal | None = Field(default=None, gt=0, le=MOST_YUAN, decimal_places=2)


class TargetChange(Command):
    """Another target for an indicator, by its place in the agreement, from 1."""

    number: int = Field(ge=1, le=1000)
    target: Decimal = Field(gt=0, le=MOST_PEOPLE, decimal_places=2)


class AmendmentCreate(Command):
    """Other dates, instalments and targets of an agreement under way, and why."""

    milestones: list[MilestoneChange] = Field(default_factory=list, max_length=50)
    indicators: list[TargetChange] = Field(default_factory=list, max_length=50)
    reason: str = Field(min_length=5, max_length=_LONGEST)


class AmendmentUpdate(Command):
    """What the other side decides, and why."""

    approved: bool
    answer: str = Field(min_length=2, max_length=_LONGEST)


@dataclass(frozen=True, slots=True)
class AmendmentLine:
    """An amendment: its changes, reasons, sides and times; ``approved`` is None while it waits."""

    number: int
    changes: tuple[AgreementChange, ...]
    reason: str
    by_supplier: bool
    proposed_at: datetime
    approved: bool | None
    ending: Ending | None
    answer: str | None
    decided_at: datetime | None


def amendments_of(session: Session, project: Project) -> tuple[AmendmentLine, ...]:
    """Return the amendments of a project's agreement, the newest first."""
    rows = session.exec(
        select(Amendment)
        .where(Amendment.project_id == project.id)
        .order_by(col(Amendment.proposed_at).desc())
    ).all()
    return tuple(
        AmendmentLine(
            row.number,
            tuple(_read(change) for change in row.changes),
            row.reason,
            row.by_supplier,
            row.proposed_at,
            row.approved,
            row.ending,
            row.answer,
            row.decided_at,
        )
        for row in rows
    )


def propose_amendment(
    session: Session, *, project_id: UUID, actor: Actor, amendment: AmendmentCreate
) -> Amendment:
    """Propose other dates, instalments or targets, for the organisation that delivers or the street.

    Raises NotPermitted for others, outside delivery and while another proposal waits; BadInput for
    a milestone that is not there or is accepted, and for what both sides may not agree on.
    """
    project = lock_project(session, project_id)
    agreement = _under_way(session, project)
    by_supplier = _side(session, project, agreement, actor)
    at = now(session)
    if _waiting(session, agreement) is not None:
        raise NotPermitted(zh="已有变更申请待决定。", en="another amendment waits to be decided.")
    changes = _changes(session, project, agreement, amendment, at.astimezone(BEIJING).date())
    made = Amendment(
        project_id=project.id,
        agreement_id=agreement.id,
        number=next_number(session, Amendment, Amendment.project_id == project.id),
        changes=[asdict(change) for change in changes],
        reason=amendment.reason.strip(),
        by_supplier=by_supplier,
        proposed_by=actor.person_id,
        proposed_at=at,
    )
    session.add(made)
    session.flush()
    record(
        session,
        AmendmentProposed(number=made.number, changes=made.changes),
        about=project.code,
        by=actor.login,
        at=at,
        to=_side_told(session, project, made, supplier=not by_supplier),
        once=f"amendment.proposed:{made.id}",
    )
    session.flush()
    return made


def decide_amendment(
    session: Session, *, project_id: UUID, number: int, actor: Actor, decision: AmendmentUpdate
) -> None:
    """Approve or dismiss what the other side has proposed; approved, the agreement is so.

    Raises NotFound, and NotPermitted for the side that proposed it and once it is decided.
    """
    project = lock_project(session, project_id)
    agreement = _under_way(session, project)
    by_supplier = _side(session, project, agreement, actor)
    amendment = _waiting_numbered(session, project, agreement, number)
    if by_supplier == amendment.by_supplier:
        raise NotPermitted(zh="变更由对方决定。", en="the other side decides the amendment.")
    at = now(session)
    _decide(amendment, actor, at, approved=decision.approved, answer=decision.answer)
    if decision.approved:
        _apply(session, project, agreement, [_read(change) for change in amendment.changes])
    verdict = AmendmentApproved if decision.approved else AmendmentDismissed
    record(
        session,
        verdict(number=amendment.number, changes=amendment.changes),
        about=project.code,
        by=actor.login,
        at=at,
    )
    tell(
        session,
        AmendmentDecided(number=amendment.number),
        about=project.code,
        at=at,
        to=_side_told(session, project, amendment, supplier=amendment.by_supplier),
        once=f"amendment.decided:{amendment.id}",
    )
    session.flush()


def withdraw_amendment(session: Session, *, project_id: UUID, number: int, actor: Actor) -> None:
    """Take back what the actor's side has proposed, before it is decided."""
    project = lock_project(session, project_id)
    agreement = _under_way(session, project)
    by_supplier = _side(session, project, agreement, actor)
    amendment = _waiting_numbered(session, project, agreement, number)
    if by_supplier != amendment.by_supplier:
        raise NotPermitted(zh="只有提出的一方可以撤回。", en="only who proposed it takes it back.")
    at = now(session)
    amendment.ending = Ending.WITHDRAWN
    _decide(amendment, actor, at, approved=False)
    record(
        session,
        AmendmentWithdrawn(number=amendment.number),
        about=project.code,
        by=actor.login,
        at=at,
    )
    session.flush()


def _decide(
    amendment: Amendment, actor: Actor, at: datetime, *, approved: bool, answer: str = ""
) -> None:
    amendment.approved, amendment.answer = approved, answer.strip() or None
    amendment.decided_by, amendment.decided_at = actor.person_id, at


def _under_way(session: Session, project: Project) -> Agreement:
    if project.status is not Status.DELIVERING:
        raise NotPermitted(
            zh="实施期间才能变更协议。", en="an agreement is amended while it is delivered."
        )
    return present_agreement(session, project)


def _side(session: Session, project: Project, agreement: Agreement, actor: Actor) -> bool:
    """Tell whether the actor stands for the supplier; raise NotPermitted for neither side."""
    lead_id = session.get_one(Bid, agreement.bid_id).lead_id
    try:
        authorise(session, actor, Act.REPORT_DELIVERY, organisation(lead_id))
    except NotPermitted:
        authorise(session, actor, Act.ACCEPT_DELIVERY, place_of(project))
        require_no_interest(session, project, actor)
        return False
    return True


def _waiting(session: Session, agreement: Agreement) -> Amendment | None:
    return session.exec(
        select(Amendment).where(
            Amendment.agreement_id == agreement.id, col(Amendment.approved).is_(None)
        )
    ).one_or_none()


def _waiting_numbered(
    session: Session, project: Project, agreement: Agreement, number: int
) -> Amendment:
    amendment = _waiting(session, agreement)
    if amendment is None or amendment.number != number:
        raise NotFound(what=Text("待决定的变更", "amendment"), key=f"{project.code}/{number}")
    return amendment


def _read(stored_change: dict[str, Any]) -> AgreementChange:
    return AgreementChange(
        What(stored_change["what"]),
        stored_change["number"],
        stored_change["before"],
        stored_change["after"],
    )


def _is_settled(milestone: Milestone, what: What) -> bool:
    """Tell whether a change comes too late: what was accepted in part keeps its instalment."""
    in_part = what is What.AMOUNT and bool(milestone.accepted_amount)
    return milestone.accepted_at is not None or in_part


def _changes(
    session: Session,
    project: Project,
    agreement: Agreement,
    amendment: AmendmentCreate,
    today: date,
) -> list[AgreementChange]:
    """Return the changes; raise BadInput for changes on which both sides may not agree."""
    milestones = milestones_of(session, project)
    known = {
        milestone.number: milestone for milestone in milestones if milestone.accepted_at is None
    }
    latest = add_months(max(milestone.due_on for milestone in milestones), _MONTHS)
    numbers = [milestone.number for milestone in amendment.milestones]
    if len(set(numbers)) != len(numbers) or not set(numbers) <= set(known):
        raise BadInput(
            zh="只能变更尚未验收的里程碑，每个一次。",
            en="Only milestones that are not accepted change, each once.",
        )
    changes: list[AgreementChange] = []
    for milestone_change in sorted(amendment.milestones, key=lambda milestone: milestone.number):
        before = known[milestone_change.number]
        if milestone_change.due_on is not None:
            check_date(
                milestone_change.number,
                milestone_change.due_on,
                before=before.due_on,
                today=today,
                latest=latest,
            )
            changes.append(
                AgreementChange(
                    What.DUE_ON,
                    milestone_change.number,
                    str(before.due_on),
                    str(milestone_change.due_on),
                )
            )
        if milestone_change.amount is not None and milestone_change.amount != before.amount:
            if _is_settled(before, What.AMOUNT):
                raise BadInput(
                    zh=f"第 {before.number} 个里程碑已部分验收，付款金额不能变更。",
                    en=f"Milestone {before.number} is accepted in part; its instalment stays.",
                )
            changes.append(
                AgreementChange(
                    What.AMOUNT,
                    milestone_change.number,
                    f"{before.amount}",
                    f"{milestone_change.amount:.2f}",
                )
            )
    changes += _targets(agreement, amendment)
    if not changes:
        raise BadInput(zh="请至少改动一处。", en="Change one thing at least.")
    if any(change.what is What.AMOUNT for change in changes):
        check_sum(_total(milestones, changes), _limits(session, project))
    return changes


def _targets(agreement: Agreement, amendment: AmendmentCreate) -> list[AgreementChange]:
    changes = []
    wanted = {indicator.number: indicator.target for indicator in amendment.indicators}
    if len(wanted) != len(amendment.indicators) or max(wanted, default=0) > len(
        agreement.indicators
    ):
        raise BadInput(
            zh="只能变更协议中的指标，每个一次。", en="Only the agreement's indicators, each once."
        )
    for number, target in sorted(wanted.items()):
        before = str(agreement.indicators[number - 1]["target"])
        if Decimal(before) != target:
            changes.append(AgreementChange(What.TARGET, number, before, f"{target.normalize():f}"))
    return changes


def _total(milestones: list[Milestone], changes: list[AgreementChange]) -> Decimal:
    amounts = {milestone.number: milestone.amount for milestone in milestones}
    amounts |= {
        change.number: Decimal(change.after) for change in changes if change.what is What.AMOUNT
    }
    return sum(amounts.values(), Decimal(0))


def _limits(session: Session, project: Project) -> Limits:
    rules, award = settings_of(session, project), latest_award(session, project)
    call = current_call(session, project)
    assert call is not None
    return Limits(
        rules.amendment_percent,
        award.price,
        call.ceiling or award.price,
        rules.second_approval_above,
    )


def _apply(
    session: Session, project: Project, agreement: Agreement, changes: list[AgreementChange]
) -> None:
    """Change an agreement as agreed; raise NotPermitted for a milestone that is accepted by now."""
    milestones = milestones_of(session, project)
    by_number = {milestone.number: milestone for milestone in milestones}
    targets = {change.number: change.after for change in changes if change.what is What.TARGET}
    for change in changes:
        if change.what is What.TARGET:
            continue
        milestone = by_number[change.number]
        if _is_settled(milestone, change.what):
            raise NotPermitted(
                zh=f"第 {milestone.number} 个里程碑已经验收，变更无法生效，请驳回后重新提出。",
                en=f"milestone {milestone.number} is accepted by now; dismiss this.",
            )
        if change.what is What.DUE_ON:
            milestone.due_on = date.fromisoformat(change.after)
        else:
            milestone.amount = Decimal(change.after)
    agreement.indicators = [
        indicator | {"target": targets[number]} if number in targets else indicator
        for number, indicator in enumerate(agreement.indicators, start=1)
    ]
    if any(change.what is What.AMOUNT for change in changes):
        agreement.amount = sum((milestone.amount for milestone in milestones), Decimal(0))
        shares = shares_of([milestone.amount for milestone in milestones])
        for milestone, share in zip(milestones, shares, strict=True):
            milestone.share = share
    session.flush()


def _side_told(
    session: Session, project: Project, amendment: Amendment, *, supplier: bool
) -> Audience:
    if not supplier:
        return audiences.street(project.street_code)
    agreement = session.get_one(Agreement, amendment.agreement_id)
    return audiences.organisation(session.get_one(Bid, agreement.bid_id).lead_id)
