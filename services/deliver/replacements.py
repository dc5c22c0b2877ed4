"""A partner of a consortium is replaced after the award only by a recorded decision.

The lead proposes, the newcomer confirms and must be eligible, the partner that is to leave is
heard, and the street decides with a reason that is public.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from sqlmodel import Field, Session, col, select

from domain.bid.eligibility import EligibilityFinding, load_of
from domain.conduct.conduct_list import CreditRule
from domain.deliver.amendments import Ending
from domain.errors import BadInput, NotFound, NotPermitted
from domain.identity.permissions import Act
from domain.lifecycle import Status
from domain.text import Text
from models import Bid, BidMember, Project, Replacement
from models.shapes import Command
from services.award.awards import present_agreement
from services.bid.consortia import LONGEST_PACKAGE, organisation_named
from services.bid.eligible import as_json, explained, require_met
from services.bid.interests import require_no_interest
from services.calendar.counted_dates import CountedDate, count_days, runs_in
from services.clock import now
from services.deliver.events import (
    NewcomerAsked,
    PartnerHeard,
    ReplacementApproved,
    ReplacementDecided,
    ReplacementDismissed,
    ReplacementNoted,
    ReplacementProposed,
    ReplacementToDecide,
)
from services.district.rounds import settings_of
from services.events import audiences
from services.events.audiences import Audience
from services.events.event import Event, Notification
from services.events.record import record, tell
from services.identity.actors import Actor, authorise, organisation, place_of
from services.ledgers import credit, quota
from services.projects.moves import lock_project
from services.publish.present_call import current_call
from services.rows import next_number

_LONGEST: Final = 1000


_under_way = runs_in(Status.DELIVERING, Status.ASSESSING)
HEARING: Final = CountedDate(
    Replacement,
    "hearing_until",
    Text("陈述截止", "end of the hearing"),
    lambda replacement, project: replacement.approved is None and _under_way(project),
)


class ReplacementCreate(Command):
    """Which partner is to leave, who takes its place and share, with what work package, and why."""

    leaving: UUID
    joining: str = Field(min_length=2, max_length=120)
    work_package: str = Field(min_length=2, max_length=LONGEST_PACKAGE)
    reason: str = Field(min_length=5, max_length=_LONGEST)


class StatementUpdate(Command):
    """What the partner that is to leave says of it."""

    statement: str = Field(min_length=2, max_length=_LONGEST)


class ReplacementUpdate(Command):
    """What the street decides, and why; ``withdrew`` if the partner left of its own accord."""

    approved: bool
    withdrew: bool = False
    answer: str = Field(min_length=2, max_length=_LONGEST)


def propose_replacement(
    session: Session, *, project_id: UUID, actor: Actor, proposal: ReplacementCreate
) -> Replacement:
    """Propose another organisation in a partner's place, for the lead, while it is delivered.

    Raises NotPermitted for others and while another proposal waits, NotFound for an unknown
    organisation to join, BadInput where the one to leave is the lead or no member, or the one to
    join is a member already.
    """
    project = lock_project(session, project_id)
    bid = _bid(session, project)
    authorise(session, actor, Act.REPORT_DELIVERY, organisation(bid.lead_id))
    if _waiting(session, bid) is not None:
        raise NotPermitted(zh="已有更换申请待决定。", en="another replacement waits to be decided.")
    leaving = session.get(BidMember, (bid.id, proposal.leaving))
    if leaving is None or leaving.is_lead:
        raise BadInput(
            zh="请选择联合体中的一家伙伴；牵头方不能更换。",
            en="Choose a partner of the consortium; the lead is not replaced.",
        )
    joining = organisation_named(session, proposal.joining)
    if session.get(BidMember, (bid.id, joining.id)) is not None:
        raise BadInput(
            zh=f"“{joining.name}”已在联合体中。", en=f"{joining.name} is in the consortium already."
        )
    at = now(session)
    days = settings_of(session, project).hearing_days
    leaves = audiences.organisation(leaving.organisation_id)
    made = Replacement(
        project_id=project.id,
        bid_id=bid.id,
        number=next_number(session, Replacement, Replacement.bid_id == bid.id),
        leaving_id=leaving.organisation_id,
        joining_id=joining.id,
        share=leaving.share,
        work_package=proposal.work_package.strip(),
        reason=proposal.reason.strip(),
        proposed_by=actor.person_id,
        proposed_at=at,
        hearing_until=at,
    )
    count_days(
        session,
        HEARING,
        made,
        at=at,
        days=days,
        project_id=project.id,
        audiences=(leaves,),
    )
    session.add(made)
    session.flush()
    _record(session, project, actor, ReplacementProposed(number=made.number), at)
    _tell(session, project, made, PartnerHeard(until=made.hearing_until), [leaves], at)
    joins = audiences.organisation(made.joining_id)
    _tell(session, project, made, NewcomerAsked(), [joins], at)
    return made


def confirm_replacement(session: Session, *, project_id: UUID, number: int, actor: Actor) -> None:
    """Confirm, for the newcomer, its place, share and work package; it must be eligible.

    Raises NotEligible with every criterion that is not met.
    """
    project, _, replacement = _take(session, project_id, number)
    authorise(session, actor, Act.BID, organisation(replacement.joining_id))
    if replacement.confirmed_at is not None:
        return
    at = now(session)
    require_met(eligibility_of(session, project, replacement, at))
    replacement.confirmed_by, replacement.confirmed_at = actor.person_id, at
    _record(session, project, actor, ReplacementNoted(what="confirmed", number=number), at)
    street = audiences.street(project.street_code)
    _tell(session, project, replacement, ReplacementToDecide(), [street], at)
    session.flush()


def state_on_replacement(
    session: Session, *, project_id: UUID, number: int, actor: Actor, statement: StatementUpdate
) -> None:
    """Say, for the partner that is to leave, what it has to say; again replaces it."""
    project, _, replacement = _take(session, project_id, number)
    authorise(session, actor, Act.BID, organisation(replacement.leaving_id))
    at = now(session)
    replacement.statement, replacement.stated_at = statement.statement.strip(), at
    _record(session, project, actor, ReplacementNoted(what="stated", number=number), at)
    session.flush()


def decide_replacement(
    session: Session, *, project_id: UUID, number: int, actor: Actor, decision: ReplacementUpdate
) -> None:
    """Decide, for the street: approved, the newcomer is a member, and its quota is taken.

    Raises NotPermitted before the newcomer has confirmed, before the partner that is to leave has
    said something or had the time to, and for who acts for one of them; NotEligible.
    """
    project, bid, replacement = _take(session, project_id, number)
    authorise(session, actor, Act.ACCEPT_DELIVERY, place_of(project))
    require_no_interest(session, project, actor)
    at = now(session)
    if decision.approved:
        if replacement.confirmed_at is None:
            raise NotPermitted(
                zh="接替的组织还没有确认。", en="the organisation that joins has not confirmed yet."
            )
        if replacement.stated_at is None and at < replacement.hearing_until:
            raise NotPermitted(
                zh="退出的伙伴还在陈述期内，请在陈述或期满后决定。",
                en="the partner that leaves may still be heard; decide after that.",
            )
        findings = eligibility_of(session, project, replacement, at)
        require_met(findings)
        replacement.eligibility = [as_json(finding) for finding in findings]
        _replace(session, project, bid, replacement, at)
        if decision.withdrew:
            credit.enter(
                session,
                project,
                CreditRule.WITHDRAWN,
                organisations=[replacement.leaving_id],
                reference=f"{project.code}:replaced:{replacement.number}",
                at=at,
            )
    replacement.withdrew = decision.approved and decision.withdrew
    _close(replacement, actor, at, approved=decision.approved, answer=decision.answer)
    verdict = ReplacementApproved if decision.approved else ReplacementDismissed
    _record(session, project, actor, verdict(number=number), at)
    _tell(session, project, replacement, ReplacementDecided(), _concerned(bid, replacement), at)
    session.flush()


def withdraw_replacement(session: Session, *, project_id: UUID, number: int, actor: Actor) -> None:
    """Take the proposal back, for the lead, or decline it, for the newcomer."""
    project, bid, replacement = _take(session, project_id, number)
    what: Literal["withdrawn", "declined"]
    try:
        authorise(session, actor, Act.REPORT_DELIVERY, organisation(bid.lead_id))
        what, replacement.ending = "withdrawn", Ending.WITHDRAWN
    except NotPermitted:
        authorise(session, actor, Act.BID, organisation(replacement.joining_id))
        what, replacement.ending = "declined", Ending.DECLINED
    at = now(session)
    _close(replacement, actor, at, approved=False)
    _record(session, project, actor, ReplacementNoted(what=what, number=number), at)
    _tell(session, project, replacement, ReplacementDecided(), _concerned(bid, replacement), at)
    session.flush()


def replacements_of(session: Session, bid_id: UUID) -> list[Replacement]:
    """Return the replacements in a consortium, the newest first."""
    return list(
        session.exec(
            select(Replacement)
            .where(Replacement.bid_id == bid_id)
            .order_by(col(Replacement.number).desc())
        ).all()
    )


def eligibility_of(
    session: Session, project: Project, replacement: Replacement, at: datetime
) -> list[EligibilityFinding]:
    """Return every criterion of the call for the newcomer, met or not; it is locked."""
    call = current_call(session, project)
    assert call is not None
    (joining,) = quota.lock_organisations(session, [replacement.joining_id])
    return explained(session, project, call, [(joining, replacement.share)], at, alone=False)


def _replace(
    session: Session, project: Project, bid: Bid, replacement: Replacement, at: datetime
) -> None:
    """Put the newcomer into the partner's place, and their quota into each other's."""
    session.delete(session.get_one(BidMember, (bid.id, replacement.leaving_id)))
    session.add(
        BidMember(
            bid_id=bid.id,
            organisation_id=replacement.joining_id,
            is_lead=False,
            share=replacement.share,
            work_package=replacement.work_package,
            confirmed_at=replacement.confirmed_at,
            confirmed_by=replacement.confirmed_by,
        )
    )
    quota.release_all(session, project=project, at=at, organisation_id=replacement.leaving_id)
    quota.reserve(
        session,
        organisation_id=replacement.joining_id,
        project=project,
        reference=f"{bid.id}:v{bid.version}:p{replacement.number}",
        amount=load_of(replacement.share, alone=False),
        at=at,
    )


def _close(
    replacement: Replacement, actor: Actor, at: datetime, *, approved: bool, answer: str = ""
) -> None:
    replacement.approved, replacement.answer = approved, answer.strip() or None
    replacement.decided_by, replacement.decided_at = actor.person_id, at


def _bid(session: Session, project: Project) -> Bid:
    if project.status is not Status.DELIVERING:
        raise NotPermitted(
            zh="实施期间才能更换伙伴。", en="a partner is replaced while the project is delivered."
        )
    return session.get_one(Bid, present_agreement(session, project).bid_id)


def _waiting(session: Session, bid: Bid) -> Replacement | None:
    return session.exec(
        select(Replacement).where(Replacement.bid_id == bid.id, col(Replacement.approved).is_(None))
    ).one_or_none()


def _take(session: Session, project_id: UUID, number: int) -> tuple[Project, Bid, Replacement]:
    project = lock_project(session, project_id)
    bid = _bid(session, project)
    replacement = _waiting(session, bid)
    if replacement is None or replacement.number != number:
        raise NotFound(what=Text("待决定的更换", "replacement"), key=f"{project.code}/{number}")
    return project, bid, replacement


def _record(session: Session, project: Project, actor: Actor, event: Event, at: datetime) -> None:
    record(session, event, about=project.code, by=actor.login, at=at)


def _tell(
    session: Session,
    project: Project,
    replacement: Replacement,
    notification: Notification,
    to: Sequence[Audience],
    at: datetime,
) -> None:
    tell(
        session,
        notification,
        about=project.code,
        at=at,
        to=to,
        once=f"{notification.topic}:{replacement.id}",
    )


def _concerned(bid: Bid, replacement: Replacement) -> list[Audience]:
    return [
        audiences.organisation(organisation_id)
        for organisation_id in (bid.lead_id, replacement.leaving_id, replacement.joining_id)
    ]
