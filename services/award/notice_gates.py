"""The gates of 公示: objections are heard, then both sides confirm the agreement."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, exists, tuple_
from sqlmodel import Session, col, select

from domain.award.objections import holds_award, returns_award
from domain.gates import OnDeadline, Outcome, Rule, Verdict
from domain.identity.permissions import PERMITS, Act
from domain.identity.roles import ROLE_NAMES, Role
from domain.lifecycle import STAGE_NAMES, Stage
from domain.money import show
from domain.text import Text
from models import Agreement, Award, Bid, Gate, Milestone, Objection, Project
from services.award.award_dates import NOTICE as NOTICE_UNTIL
from services.award.awards import present_agreement
from services.award.objections import objections_of
from services.calendar.counted_dates import is_provisional
from services.events import audiences
from services.events.audiences import Audience
from services.gates.kits import (
    INTERESTED,
    Due,
    EventGate,
    Fact,
    Progress,
    StageKit,
    Timer,
    fact,
)
from services.gates.readers import At, Here, Reader, TaskState, done_or_open, open_or_later
from services.identity.actors import may, organisation, place_of
from services.mending import Mending
from services.projects.moves import newest


class ObjectionsPage(NamedTuple):
    """The objections to the intended award, and whether one answers them or their appeals."""

    objections: list[Objection]
    answers: bool
    appeals: bool


class PublicNotice(Timer[Project]):
    """The intended award is in public notice; objections are answered before it ends."""

    rule = Rule(Text("公示期", "Public notice"))
    duty = "answer_objections"
    task = Text("答复异议", "Answer objections")
    template = "award/answer_objections.html"
    beside = True
    acts = (Act.ANSWER_OBJECTION, Act.DECIDE_APPEAL)
    excludes_interested = True

    def due(self, session: Session, subject: Project, at: datetime) -> Due | None:
        """Return when the notice ends, as everybody was told."""
        del at
        award = newest(session, Award, subject)
        if award is None or award.notice_until is None:
            return None
        return Due(award.notice_until, is_provisional(session, NOTICE_UNTIL, award))

    def verdict(
        self, session: Session, subject: Project, gate: Gate, at: datetime
    ) -> Verdict | None:
        """Send the award back where an objection was upheld; wait while one holds it."""
        objections = objections_of(session, subject)
        if any(returns_award(objection.course) for objection in objections):
            return Verdict(Outcome.RETURNED)
        if any(holds_award(objection.course, at) for objection in objections):
            return None
        return super().verdict(session, subject, gate, at)

    def with_whom(self, session: Session, subject: Project, gate: Gate) -> tuple[Text, ...]:
        """Return those who owe an answer to an objection, or a decision on an appeal."""
        del gate
        here = (subject.id, subject.stage_round)
        to_answer, to_decide = self._waiting(session, [here])
        acts = [
            act
            for act, waits in (
                (Act.ANSWER_OBJECTION, to_answer[here]),
                (Act.DECIDE_APPEAL, to_decide[here]),
            )
            if waits
        ]
        return tuple(ROLE_NAMES[role] for act in acts for role, _ in PERMITS[act])

    def standings(
        self, session: Session, me: Reader, gates: Sequence[At[Project]]
    ) -> Sequence[TaskState | None]:
        """Ask for answers of those who give them, and for decisions on appeals."""
        here = [at.here for at in gates]
        to_answer, to_decide = self._waiting(session, here)

        def stand(at: At[Project]) -> TaskState | None:
            place = place_of(at.subject)
            answers = may(me.grants, Act.ANSWER_OBJECTION, place) is not None
            appeals = may(me.grants, Act.DECIDE_APPEAL, place) is not None
            if not (answers or (appeals and to_decide[at.here])):
                return None
            if at.gate.id in me.interested:
                return INTERESTED
            waits = (answers and to_answer[at.here]) or (appeals and to_decide[at.here])
            return open_or_later(bool(waits))

        return [stand(at) for at in gates]

    def _waiting(
        self, session: Session, here: Sequence[Here]
    ) -> tuple[Counter[Here], Counter[Here]]:
        """Return how many objections wait for an answer, and how many appeals for a decision."""
        rows = session.exec(
            select(Objection).where(
                tuple_(col(Objection.project_id), col(Objection.round)).in_(here)
            )
        )
        answers: Counter[Here] = Counter()
        appeals: Counter[Here] = Counter()
        for row in rows:
            place = (row.project_id, row.round)
            answers[place] += row.answered_at is None
            appeals[place] += row.appealed_at is not None and row.appeal_answered_at is None
        return answers, appeals

    def page(
        self, session: Session, me: Reader, at: At[Project], state: TaskState
    ) -> ObjectionsPage:
        """Return the objections and which of them one answers."""
        del state
        place = place_of(at.subject)
        return ObjectionsPage(
            objections_of(session, at.subject),
            may(me.grants, Act.ANSWER_OBJECTION, place) is not None,
            may(me.grants, Act.DECIDE_APPEAL, place) is not None,
        )


STREET_SIDE: Final = ROLE_NAMES[Role.STREET_OFFICER]
SUPPLIER: Final = Text("承接组织", "the organisation")


class AgreementLead(NamedTuple):
    """A project's newest agreement, and the organisation that leads its bid."""

    agreement: Agreement
    lead_id: UUID


def agreements_at(session: Session, gates: Sequence[At[Project]]) -> dict[UUID, AgreementLead]:
    """Return by project the newest agreement with its lead, where there is one."""
    rows = session.exec(
        select(Agreement, Bid.lead_id)
        .join(Bid, col(Bid.id) == Agreement.bid_id)
        .where(col(Agreement.project_id).in_({at.subject.id for at in gates}))
        .order_by(col(Agreement.round))
    )
    return {agreement.project_id: AgreementLead(agreement, lead) for agreement, lead in rows}


def led_by(organisations: frozenset[UUID]) -> ColumnElement[bool]:
    """Tell whether one of these organisations leads the bid that was agreed on."""
    return exists().where(
        col(Agreement.project_id) == col(Gate.process_id),
        col(Bid.id) == col(Agreement.bid_id),
        col(Bid.lead_id).in_(organisations),
    )


class AgreementPage(NamedTuple):
    """The agreement, and its milestones in order."""

    agreement: Agreement
    milestones: list[Milestone]


class Confirmation(EventGate[Project]):
    """Buyer and supplier confirm the agreement."""

    rule = Rule(
        Text("双方确认协议", "Both sides confirm the agreement"),
        due_days=10,
        on_deadline=OnDeadline.LAPSE,
    )
    duty = "confirm_agreement"
    task = Text("确认协议", "Confirm the agreement")
    template = "award/confirm_agreement.html"
    beside = True
    judged = "award/agreement.html"
    acts = (Act.CONFIRM_AS_BUYER, Act.CONFIRM_AS_SUPPLIER)
    excludes_interested = True
    in_api = True

    def progress(self, session: Session, subject: Project) -> Progress:
        """Count the sides that have confirmed."""
        agreement = session.exec(
            select(Agreement).where(
                Agreement.project_id == subject.id, Agreement.round == subject.stage_round
            )
        ).one_or_none()
        if agreement is None:
            return Progress(0, 2)
        sides = (agreement.buyer_confirmed_at, agreement.supplier_confirmed_at)
        return Progress(sum(side is not None for side in sides), 2)

    def with_whom(self, session: Session, subject: Project, gate: Gate) -> tuple[Text, ...]:
        """Return the sides that have not confirmed."""
        del gate
        agreement = present_agreement(session, subject)
        missing = {
            STREET_SIDE: agreement.buyer_confirmed_at is None,
            SUPPLIER: agreement.supplier_confirmed_at is None,
        }
        return tuple(side for side, is_missing in missing.items() if is_missing)

    def awaited(self, session: Session, subject: Project) -> Sequence[Audience]:
        """Return the organisation that leads the bid, until it has confirmed."""
        agreement = present_agreement(session, subject)
        if agreement.supplier_confirmed_at is not None:
            return ()
        return [audiences.organisation(session.get_one(Bid, agreement.bid_id).lead_id)]

    def concerns(self, me: Reader) -> ColumnElement[bool] | None:
        """Tell whether somebody acts for the organisation that leads the bid."""
        return led_by(me.organisations) if me.organisations else None

    def standings(
        self, session: Session, me: Reader, gates: Sequence[At[Project]]
    ) -> Sequence[TaskState | None]:
        """Let each side confirm once."""
        agreements = agreements_at(session, gates)

        def stand(at: At[Project]) -> TaskState | None:
            here = agreements.get(at.subject.id)
            if here is None:
                return None
            if may(me.grants, Act.CONFIRM_AS_SUPPLIER, organisation(here.lead_id)):
                return done_or_open(here.agreement.supplier_confirmed_at is not None)
            if may(me.grants, Act.CONFIRM_AS_BUYER, place_of(at.subject)):
                if at.gate.id in me.interested:
                    return INTERESTED
                return done_or_open(here.agreement.buyer_confirmed_at is not None)
            return None

        return [stand(at) for at in gates]

    def page(
        self, session: Session, me: Reader, at: At[Project], state: TaskState
    ) -> AgreementPage:
        """Return the agreement with its milestones."""
        del me, state
        agreement = present_agreement(session, at.subject)
        return AgreementPage(agreement, milestones_of_agreement(session, agreement))


def milestones_of_agreement(session: Session, agreement: Agreement) -> list[Milestone]:
    """Return the milestones of an agreement, in order."""
    return list(
        session.exec(
            select(Milestone)
            .where(Milestone.agreement_id == agreement.id)
            .order_by(col(Milestone.number))
        ).all()
    )


def agreement_facts(session: Session, project: Project) -> list[Fact]:
    """Return the amount agreed on, and how many milestones are accepted."""
    agreement = newest(session, Agreement, project)
    if agreement is None:
        return []
    milestones = milestones_of_agreement(session, agreement)
    accepted = sum(milestone.accepted_at is not None for milestone in milestones)
    return [
        fact("协议金额（元）", "Amount (yuan)", show(agreement.amount)),
        fact("里程碑", "Milestones", f"{accepted}/{len(milestones)}"),
    ]


PUBLIC_NOTICE: Final = PublicNotice()
CONFIRMATION: Final = Confirmation()
REPAIR: Final = Mending(sent_back=False, excludes_interested=True)
NOTICE: Final = StageKit(
    Stage.NOTICE,
    STAGE_NAMES[Stage.NOTICE],
    (PUBLIC_NOTICE, CONFIRMATION, REPAIR),
    agreement_facts,
)
