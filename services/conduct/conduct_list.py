"""The conduct list 红黑榜: proposed by rule from the month's events, replied to, decided, published.

A month without anything to list has no list. See ``flows.conduct_list``.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import func
from sqlmodel import Field, Session, col, select

from domain.calendar import BEIJING, add_months
from domain.conduct.conduct_list import (
    Colour,
    CreditRule,
    Happening,
    ListMove,
    ListStatus,
    Proposal,
    advance_list,
    propose,
)
from domain.errors import BadInput, NotFound, NotPermitted
from domain.gates import GateKind, Outcome, Verb
from domain.identity.permissions import Act
from domain.identity.roles import Scope
from domain.lifecycle import Stage
from domain.text import Text
from models import (
    Agreement,
    ConductEntry,
    ConductList,
    CreditEvent,
    Gate,
    Organisation,
    Project,
    Round,
)
from models.shapes import Command, Reason
from services.calendar.counted_dates import CountedDate, count_days
from services.clock import now
from services.conduct.events import (
    EntryRepaired,
    ListingDecided,
    ListingDropped,
    ListingProposed,
    ListingReplied,
    ListProposed,
    ListPublished,
    OrganisationListed,
)
from services.deliver.indicators import progress_of
from services.district.rounds import present_settings
from services.events import audiences
from services.events.event import Notification
from services.events.record import record, tell
from services.execution.runs import begin_process
from services.gates.decide_gate import decide_gate
from services.gates.policies import preparers
from services.gates.preparation import open_preparation
from services.gates.settle_gate import current_gate
from services.gates.subjects import lock_subject
from services.identity.actors import (
    Actor,
    authorise,
    grants_of,
    organisation,
    require_administrator,
)

DEFINITION = "conduct-list/v1"
_LONGEST = 4000


REPLY: Final = CountedDate(
    ConductList,
    "reply_until",
    Text("申辩截止", "end of replies"),
    lambda conduct_list, _: conduct_list.status is ListStatus.LISTING,
)


def month_before(day: date) -> tuple[date, date]:
    """Return the first and the last day of the month before ``day``."""
    until = day.replace(day=1) - timedelta(days=1)
    return until.replace(day=1), until


def proposals(session: Session, *, since: date, until: date) -> list[Proposal]:
    """Return what the rules propose for a period, always from the ledger's events."""
    window_from = add_months(until, -present_settings(session).credit_months)
    rows = session.exec(
        select(CreditEvent).where(
            col(CreditEvent.happened_at) >= _begins(min(since, window_from)),
            col(CreditEvent.happened_at) < _begins(until + timedelta(days=1)),
        )
    ).all()
    met = _indicators_met(
        session, {row.project_id for row in rows if row.rule is CreditRule.EXCELLENT}
    )
    happenings = [
        Happening(
            row.organisation_id,
            row.rule,
            row.project_id,
            row.happened_at.astimezone(BEIJING).date(),
        )
        for row in rows
        if row.rule is not CreditRule.EXCELLENT or row.project_id in met
    ]
    return propose(happenings, since=since, until=until, window_from=window_from)


def _begins(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), BEIJING)


def _indicators_met(session: Session, projects: set[UUID]) -> set[UUID]:
    """Return the projects whose reports reach every indicator of their agreement."""
    agreements: dict[UUID, Agreement] = {}
    for agreement in session.exec(
        select(Agreement)
        .where(col(Agreement.project_id).in_(projects))
        .order_by(col(Agreement.round))
    ):
        agreements[agreement.project_id] = agreement
    reached = progress_of(session, list(agreements.values()))
    return {
        project_id
        for project_id, latest_agreement in agreements.items()
        if all(indicator.met for indicator in reached[latest_agreement.id])
    }


def begin_due_list(session: Session) -> ConductList | None:
    """Begin the list of the earliest month that is over, has none, and has anything to list.

    A month in which nobody looked is not lost. The organisations of black entries are told.
    """
    at = now(session)
    # Two who ask at once begin it once.
    session.exec(select(Round).with_for_update()).first()
    _, last = month_before(at.astimezone(BEIJING).date())
    since = _first_month(session)
    while since is not None and since <= last:
        until = add_months(since, 1) - timedelta(days=1)
        if proposed := proposals(session, since=since, until=until):
            return _begin(session, proposed, since, until, at)
        since = add_months(since, 1)
    return None


def _first_month(session: Session) -> date | None:
    """Return the first day of the month after the newest list, or of the ledger's first event."""
    newest = session.exec(select(func.max(ConductList.period_until))).one()
    if newest:
        return newest + timedelta(days=1)
    first = session.exec(select(func.min(CreditEvent.happened_at))).one()
    return first.astimezone(BEIJING).date().replace(day=1) if first else None


def _begin(
    session: Session, proposed: Sequence[Proposal], since: date, until: date, at: datetime
) -> ConductList:
    code = f"HB-{since:%Y-%m}"
    process_id = uuid4()
    begin_process(session, DEFINITION, process_id=process_id, code=code, place=None, at=at)
    days = present_settings(session).conduct_reply_days
    black = [proposal for proposal in proposed if proposal.colour is Colour.BLACK]
    conduct_list = ConductList(
        id=process_id,
        code=code,
        title=f"{since:%Y-%m} 红黑榜",
        period_from=since,
        period_until=until,
        opened_at=at,
        # Nobody has to reply to a commendation.
        reply_until=at,
    )
    if black:
        count_days(
            session,
            REPLY,
            conduct_list,
            at=at,
            days=days,
            project_id=None,
            audiences=tuple(audiences.organisation(proposal.organisation) for proposal in black),
        )
    session.add(conduct_list)
    session.flush()
    codes = _codes(session, proposed)
    for proposal in proposed:
        session.add(
            ConductEntry(
                list_id=conduct_list.id,
                organisation_id=proposal.organisation,
                colour=proposal.colour,
                ground=proposal.ground,
                basis=[codes[project] for project in proposal.projects],
            )
        )
        if proposal.colour is Colour.BLACK:
            _tell(
                session,
                conduct_list,
                proposal.organisation,
                ListingProposed(until=conduct_list.reply_until),
                at,
            )
    record(
        session,
        ListProposed(
            red=sum(proposal.colour is Colour.RED for proposal in proposed),
            black=sum(proposal.colour is Colour.BLACK for proposal in proposed),
        ),
        about=code,
        by="flow",
        at=at,
    )
    session.flush()
    return conduct_list


def _codes(session: Session, proposed: Sequence[Proposal]) -> dict[UUID, str]:
    wanted = {project for proposal in proposed for project in proposal.projects}
    rows = session.exec(select(Project).where(col(Project.id).in_(wanted)))
    return {row.id: row.code for row in rows}


def _tell(
    session: Session,
    conduct_list: ConductList,
    organisation_id: UUID,
    notification: Notification,
    at: datetime,
) -> None:
    tell(
        session,
        notification,
        about=conduct_list.code,
        at=at,
        to=audiences.organisation(organisation_id),
        once=f"conduct:{conduct_list.code}:{notification.topic}:{organisation_id}",
    )


def _locked(session: Session, list_id: UUID) -> ConductList:
    conduct_list = lock_subject(session, list_id)
    assert isinstance(conduct_list, ConductList)
    return conduct_list


def list_coded(session: Session, code: str) -> ConductList:
    """Return the list with this code; raise NotFound."""
    conduct_list = session.exec(select(ConductList).where(ConductList.code == code)).one_or_none()
    if conduct_list is None:
        raise NotFound(what=Text("红黑榜", "conduct list"), key=code)
    return conduct_list


def entries_of(
    session: Session, conduct_list: ConductList
) -> list[tuple[ConductEntry, Organisation]]:
    """Return a list's entries with their organisations, black before red."""
    return list(
        session.exec(
            select(ConductEntry, Organisation)
            .join(Organisation, col(Organisation.id) == ConductEntry.organisation_id)
            .where(ConductEntry.list_id == conduct_list.id)
            .order_by(col(ConductEntry.colour), col(Organisation.name))
        ).all()
    )


class ReplyCreate(Command):
    """A reply to a black entry that is proposed."""

    reply: str = Field(min_length=5, max_length=_LONGEST)


def reply_to_entry(session: Session, *, entry_id: UUID, actor: Actor, reply: ReplyCreate) -> None:
    """Reply, for an organisation, to a black entry that is proposed; again replaces the reply.

    Raises NotPermitted once the time is over.
    """
    entry = session.get(ConductEntry, entry_id)
    if entry is None or entry.colour is not Colour.BLACK:
        raise NotFound(what=Text("红黑榜条目", "entry"), key=str(entry_id))
    authorise(session, actor, Act.REPLY_TO_LISTING, organisation(entry.organisation_id))
    conduct_list = _locked(session, entry.list_id)
    session.refresh(entry)
    timer = current_gate(session, conduct_list, GateKind.TIMER)
    at = now(session)
    if (timer and timer.outcome) or conduct_list.published_at or at >= conduct_list.reply_until:
        raise NotPermitted(zh="申辩期已过。", en="the time to reply is over.")
    entry.reply, entry.replied_by, entry.replied_at = reply.reply, actor.person_id, at
    record(session, ListingReplied(), about=conduct_list.code, by=actor.login, at=at)
    session.flush()


class EntryVerdict(Command):
    """Whether an entry is listed, and why."""

    confirmed: bool
    reason: str = Field(min_length=2, max_length=_LONGEST)


def review_list(
    session: Session, *, list_id: UUID, actor: Actor, verdicts: Mapping[UUID, EntryVerdict]
) -> None:
    """Decide every entry with a reason, and submit the list to who publishes it.

    Raises BadInput where an entry is missing, NotPermitted for other people.
    """
    require_administrator(session, actor)
    conduct_list = _locked(session, list_id)
    gate = open_preparation(session, conduct_list, Stage.LIST)
    entries = [entry for entry, _ in entries_of(session, conduct_list)]
    if {entry.id for entry in entries} != set(verdicts):
        raise BadInput(zh="请逐条作出决定。", en="Decide every entry, and no other.")
    at = now(session)
    for entry in entries:
        verdict = verdicts[entry.id]
        entry.confirmed, entry.reason = verdict.confirmed, verdict.reason
        entry.decided_by, entry.decided_at = actor.person_id, at
    session.flush()
    decide_gate(session, gate_id=gate.id, actor=actor, verb=Verb.SUBMIT, prepared=True, at=at)


def publish_list(session: Session, conduct_list: ConductList, gate: Gate, at: datetime) -> None:
    """Put the confirmed entries on the list, or let all be decided again."""
    if gate.outcome is Outcome.RETURNED:
        conduct_list.stage_round += 1
        return
    if gate.outcome is not Outcome.APPROVED:
        return
    today = at.astimezone(BEIJING).date()
    months = present_settings(session).conduct_months
    listed = {Colour.RED: 0, Colour.BLACK: 0}
    for entry, _ in entries_of(session, conduct_list):
        if entry.confirmed:
            entry.listed_on, entry.expires_on = today, add_months(today, months)
            listed[entry.colour] += 1
            for code in entry.basis:
                record(
                    session,
                    OrganisationListed(
                        list=conduct_list.code, colour=entry.colour, replied=entry.reply is not None
                    ),
                    about=code,
                    by="flow",
                    at=at,
                )
        if entry.confirmed or entry.colour is Colour.BLACK:
            decided = ListingDecided() if entry.confirmed else ListingDropped()
            _tell(session, conduct_list, entry.organisation_id, decided, at)
    conduct_list.status, conduct_list.published_at = (
        advance_list(conduct_list.status, ListMove.PUBLISH),
        at,
    )
    record(
        session,
        ListPublished(red=listed[Colour.RED], black=listed[Colour.BLACK]),
        about=conduct_list.code,
        by="flow",
        at=at,
    )
    session.flush()


def repair_entry(session: Session, *, entry_id: UUID, actor: Actor, repair: Reason) -> None:
    """End a black entry before it expires, with a public reason; it takes a fresh proof.

    Raises NotPermitted before the time that the settings say, and for who decided the entry.
    """
    require_administrator(session, actor, proved=True)
    entry = session.get(ConductEntry, entry_id, with_for_update=True)
    at = now(session)
    today = at.astimezone(BEIJING).date()
    if entry is None or entry.colour is not Colour.BLACK or entry.listed_on is None:
        raise NotFound(what=Text("黑榜条目", "black entry"), key=str(entry_id))
    if entry.repaired_on or (entry.expires_on and entry.expires_on <= today):
        raise NotPermitted(zh="这一条已经结束。", en="this entry has ended.")
    earliest = add_months(entry.listed_on, present_settings(session).repair_months)
    if today < earliest:
        raise NotPermitted(
            zh=f"{earliest} 起才可修复。", en=f"it can be repaired from {earliest} on."
        )
    conduct_list = session.get_one(ConductList, entry.list_id)
    if actor.person_id in preparers(session, conduct_list, Stage.LIST):
        raise NotPermitted(
            zh="这一条由您审定，修复须由他人决定。",
            en="you decided this entry, so somebody else repairs it.",
        )
    if any(
        grant.scope is Scope.ORGANISATION and grant.code == str(entry.organisation_id)
        for grant in grants_of(session, actor.person_id)
    ):
        raise NotPermitted(
            zh="您是该组织的成员，须由他人决定。",
            en="you act for this organisation, so somebody else decides.",
        )
    entry.repaired_on, entry.repair_reason = today, repair.reason
    entry.repaired_by = actor.person_id
    record(
        session,
        EntryRepaired(),
        about=conduct_list.code,
        by=actor.login,
        at=at,
        to=audiences.organisation(entry.organisation_id),
        once=f"conduct:{conduct_list.code}:conduct.repaired:{entry.organisation_id}",
    )
    session.flush()
