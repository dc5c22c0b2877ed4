"""Amendments of an agreement under way: one side proposes other dates, the other side decides."""

from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlmodel import Field, Session, col, select

from domain.calendar import BEIJING, add_months
from domain.errors import BadInput, NotFound, NotPermitted
from domain.lifecycle import Status
from domain.permissions import Act
from models import Agreement, Amendment, Bid, Milestone, Project
from models.shapes import Shape
from services.award.awards import present_agreement
from services.clock import now
from services.deliver.delivery import milestones_of
from services.gates.policies import require_no_interest
from services.identity.actors import Actor, authorise, organisation, place_of
from services.records import audit, lock_project, tell

_LONGEST: Final = 1000
# How far beyond the last of the present dates a milestone may be put off.
_MONTHS: Final = 6


class DateChange(Shape):
    """Another date for a milestone."""

    number: int = Field(ge=1, le=1000)
    due_on: date


class AmendmentCreate(Shape):
    """Other dates for milestones that are not accepted yet, and why."""

    milestones: list[DateChange] = Field(min_length=1, max_length=50)
    reason: str = Field(min_length=5, max_length=_LONGEST)


class AmendmentUpdate(Shape):
    """What the other side decides, and why."""

    approved: bool
    answer: str = Field(min_length=2, max_length=_LONGEST)


class AmendmentLine(NamedTuple):
    """An amendment: its changes, reasons, sides and times; ``approved`` is None while it waits."""

    number: int
    changes: tuple[dict[str, str], ...]
    reason: str
    by_supplier: bool
    proposed_at: datetime
    approved: bool | None
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
            one.number,
            tuple(one.changes),
            one.reason,
            one.by_supplier,
            one.proposed_at,
            one.approved,
            one.answer,
            one.decided_at,
        )
        for one in rows
    )


def propose_amendment(
    session: Session, *, project_id: UUID, actor: Actor, amendment: AmendmentCreate
) -> Amendment:
    """Propose other dates, for the organisation that delivers or the street.

    Raises NotPermitted for others, outside delivery and while another proposal waits; BadInput for
    a milestone that is not there or is accepted, and for a date that is past, the same, or too far.
    """
    project = lock_project(session, project_id)
    agreement = _under_way(session, project)
    by_supplier = _side(session, project, agreement, actor)
    at = now(session)
    if _waiting(session, agreement) is not None:
        raise NotPermitted(zh="已有变更申请待决定。", en="another amendment waits to be decided.")
    held = milestones_of(session, project)
    changes = _changes(held, amendment, at.astimezone(BEIJING).date())
    made = Amendment(
        project_id=project.id,
        agreement_id=agreement.id,
        number=len(amendments_of(session, project)) + 1,
        changes=changes,
        reason=amendment.reason.strip(),
        by_supplier=by_supplier,
        proposed_by=actor.person_id,
        proposed_at=at,
    )
    session.add(made)
    session.flush()
    audit(
        session,
        actor=actor.login,
        action="amendment.proposed",
        subject=project.code,
        at=at,
        number=made.number,
        changes=changes,
    )
    _tell(session, project, made, "amendment.proposed", to_supplier=not by_supplier, at=at)
    return made


def decide_amendment(
    session: Session, *, project_id: UUID, number: int, actor: Actor, decision: AmendmentUpdate
) -> None:
    """Approve or dismiss what the other side has proposed; approved, the dates are the agreement's.

    Raises NotFound, and NotPermitted for the side that proposed it and once it is decided.
    """
    project = lock_project(session, project_id)
    agreement = _under_way(session, project)
    by_supplier = _side(session, project, agreement, actor)
    held = _waiting_numbered(session, project, agreement, number)
    if by_supplier == held.by_supplier:
        raise NotPermitted(zh="变更由对方决定。", en="the other side decides the amendment.")
    at = now(session)
    _decide(held, actor, at, approved=decision.approved, answer=decision.answer)
    if decision.approved:
        dates = {int(one["milestone"]): date.fromisoformat(one["after"]) for one in held.changes}
        for milestone in milestones_of(session, project):
            if milestone.number in dates:
                if milestone.accepted_at is not None:
                    raise NotPermitted(
                        zh=f"第 {milestone.number} 个里程碑已经验收，变更无法生效，请驳回后重新提出。",
                        en=f"milestone {milestone.number} is accepted by now; dismiss this.",
                    )
                milestone.due_on = dates[milestone.number]
    verdict = "approved" if decision.approved else "dismissed"
    audit(
        session,
        actor=actor.login,
        action=f"amendment.{verdict}",
        subject=project.code,
        at=at,
        number=held.number,
        changes=held.changes,
    )
    _tell(session, project, held, "amendment.decided", to_supplier=held.by_supplier, at=at)


def withdraw_amendment(session: Session, *, project_id: UUID, number: int, actor: Actor) -> None:
    """Take back what one's own side has proposed, before it is decided."""
    project = lock_project(session, project_id)
    agreement = _under_way(session, project)
    by_supplier = _side(session, project, agreement, actor)
    held = _waiting_numbered(session, project, agreement, number)
    if by_supplier != held.by_supplier:
        raise NotPermitted(zh="只有提出的一方可以撤回。", en="only who proposed it takes it back.")
    at = now(session)
    _decide(held, actor, at, approved=False, answer="已撤回 / withdrawn")
    audit(
        session,
        actor=actor.login,
        action="amendment.withdrawn",
        subject=project.code,
        at=at,
        number=held.number,
    )
    session.flush()


def _decide(held: Amendment, actor: Actor, at: datetime, *, approved: bool, answer: str) -> None:
    held.approved, held.answer = approved, answer.strip()
    held.decided_by, held.decided_at = actor.person_id, at


def _under_way(session: Session, project: Project) -> Agreement:
    if project.status is not Status.DELIVERING:
        raise NotPermitted(
            zh="实施期间才能变更协议。", en="an agreement is amended while it is delivered."
        )
    return present_agreement(session, project)


def _side(session: Session, project: Project, agreement: Agreement, actor: Actor) -> bool:
    """Tell whether the actor stands for the supplier; raise NotPermitted for who has no side."""
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
    held = _waiting(session, agreement)
    if held is None or held.number != number:
        raise NotFound(what="待决定的变更 / amendment", key=f"{project.code}/{number}")
    return held


def _changes(
    held: list[Milestone], amendment: AmendmentCreate, today: date
) -> list[dict[str, object]]:
    known = {one.number: one for one in held if one.accepted_at is None}
    latest = add_months(max(one.due_on for one in held), _MONTHS)
    wanted = {one.number: one.due_on for one in amendment.milestones}
    if len(wanted) != len(amendment.milestones) or not set(wanted) <= set(known):
        raise BadInput(
            zh="只能变更尚未验收的里程碑，每个一次。",
            en="Only milestones that are not accepted change, each once.",
        )
    found: list[dict[str, object]] = []
    for number, day in sorted(wanted.items()):
        if not today < day <= latest or day == known[number].due_on:
            raise BadInput(
                zh=f"第 {number} 个里程碑的新期限须与原期限不同，晚于今天，不晚于 {latest}。",
                en=f"The new date of milestone {number} is another one, after today and by {latest}.",
            )
        before = known[number].due_on
        found.append({"milestone": number, "before": str(before), "after": str(day)})
    return found


def _tell(
    session: Session,
    project: Project,
    held: Amendment,
    topic: str,
    *,
    to_supplier: bool,
    at: datetime,
) -> None:
    agreement = session.get_one(Agreement, held.agreement_id)
    lead_id = session.get_one(Bid, agreement.bid_id).lead_id
    audience = f"organisation:{lead_id}" if to_supplier else f"street:{project.street_code}"
    tell(
        session,
        key=f"{topic}:{held.id}",
        topic=topic,
        audience=audience,
        at=at,
        project=project.code,
        number=held.number,
    )
    session.flush()
