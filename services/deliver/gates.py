"""The gate of 实施: milestones are reported and accepted, and changes of the agreement decided."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from domain.deliver.acceptance import Doubt
from domain.gates import Rule
from domain.identity.permissions import Act
from domain.lifecycle import STAGE_NAMES, Stage
from domain.text import Text
from models import Agreement, Amendment, Bid, Evidence, Gate, Milestone, Project, Replacement
from services.award.awards import present_agreement
from services.award.notice_gates import (
    STREET_SIDE,
    SUPPLIER,
    AgreementLead,
    agreement_facts,
    agreements_at,
    led_by,
)
from services.bid.consortia import members_of
from services.deliver.acceptance import (
    AcceptanceLine,
    ChecklistLine,
    acceptances_of,
    checklist,
)
from services.deliver.amendments import AmendmentLine, amendments_of
from services.deliver.delivery import agreed, doubts_of, milestones_of
from services.deliver.evidence import evidence_of
from services.deliver.indicators import progress_of
from services.district.rounds import settings_of
from services.events import audiences
from services.events.audiences import Audience
from services.gates.kits import INTERESTED, EventGate, Progress, StageKit
from services.gates.readers import At, Reader, TaskState, open_or_later
from services.identity.actors import may, organisation, place_of
from services.ledgers.standing import open_corrections
from services.mending import Mending


class DeliveryPage(NamedTuple):
    """The agreement with milestones, evidence and changes; ``supplies`` for the organisation's side.

    By the milestone's id: what it counts of each indicator, the verdicts on it, and what the day of
    its report puts in doubt. ``percent`` is how far an amendment may go without a new call.
    """

    agreement: Agreement
    milestones: list[Milestone]
    evidence: dict[UUID, list[Evidence]]
    checklists: dict[UUID, tuple[ChecklistLine, ...]]
    acceptances: dict[UUID, list[AcceptanceLine]]
    doubts: dict[UUID, tuple[Doubt, ...]]
    supplies: bool
    amendments: tuple[AmendmentLine, ...]
    percent: Any
    consortium: bool


class _Waiting(NamedTuple):
    """What waits in some projects: milestones left, amendments by side, replacements."""

    left: dict[UUID, list[Milestone]]
    amendments: dict[UUID, bool]
    replacements: frozenset[UUID]


_REPORT: Final = Text("报告里程碑", "Report the milestones")
_ACCEPT: Final = Text("验收里程碑", "Accept the milestones")


class DeliveryGate(EventGate[Project]):
    """Every milestone is reported by the organisation and accepted by the buyer."""

    rule = Rule(Text("里程碑验收", "Milestones accepted"))
    duty = "deliver"
    task = Text("报告与验收", "Report and accept")
    template = "deliver/deliver.html"
    acts = (Act.ACCEPT_DELIVERY, Act.REPORT_DELIVERY)
    in_api = True

    def progress(self, session: Session, subject: Project) -> Progress:
        """Count accepted milestones; nothing is complete while a corrective action is open."""
        milestones = session.exec(
            select(Milestone.accepted_at).where(Milestone.project_id == subject.id, agreed())
        ).all()
        accepted = sum(accepted_at is not None for accepted_at in milestones)
        return Progress(accepted, len(milestones)).plus(0, open_corrections(session, subject.id))

    def with_whom(self, session: Session, subject: Project, gate: Gate) -> tuple[Text, ...]:
        """Return the street where a report waits for it, else the organisation."""
        del gate
        waiting = session.exec(
            select(Milestone.id).where(
                Milestone.project_id == subject.id,
                agreed(),
                col(Milestone.reported_at).is_not(None),
                col(Milestone.accepted_at).is_(None),
            )
        ).first()
        return (SUPPLIER if waiting is None else STREET_SIDE,)

    def awaited(self, session: Session, subject: Project) -> Sequence[Audience]:
        """Return the organisation that leads the bid."""
        agreement = present_agreement(session, subject)
        return [audiences.organisation(session.get_one(Bid, agreement.bid_id).lead_id)]

    def concerns(self, me: Reader) -> ColumnElement[bool] | None:
        """Tell whether somebody acts for the organisation that leads the bid."""
        return led_by(me.organisations) if me.organisations else None

    def standings(
        self, session: Session, me: Reader, gates: Sequence[At[Project]]
    ) -> Sequence[TaskState | None]:
        """Ask the organisation for reports, the buyer for acceptance, each for the other's changes."""
        agreements = agreements_at(session, gates)
        waiting = self._waiting(session, gates, agreements)

        def stand(at: At[Project]) -> TaskState | None:
            here = agreements.get(at.subject.id)
            if here is None:
                return None
            left = waiting.left[at.subject.id]
            proposed = waiting.amendments.get(at.subject.id)
            if may(me.grants, Act.REPORT_DELIVERY, organisation(here.lead_id)):
                unreported = any(milestone.reported_at is None for milestone in left)
                return open_or_later(unreported or proposed is False)._replace(what=_REPORT)
            if not may(me.grants, Act.ACCEPT_DELIVERY, place_of(at.subject)):
                return None
            if at.gate.id in me.interested:
                return INTERESTED
            reported = any(milestone.reported_at is not None for milestone in left)
            replaced = at.subject.id in waiting.replacements
            return open_or_later(reported or proposed is True or replaced)._replace(what=_ACCEPT)

        return [stand(at) for at in gates]

    def _waiting(
        self,
        session: Session,
        gates: Sequence[At[Project]],
        agreements: dict[UUID, AgreementLead],
    ) -> _Waiting:
        projects = {at.subject.id for at in gates}
        left: dict[UUID, list[Milestone]] = defaultdict(list)
        for milestone in session.exec(
            select(Milestone)
            .where(
                col(Milestone.agreement_id).in_(
                    {here.agreement.id for here in agreements.values()}
                ),
                col(Milestone.accepted_at).is_(None),
            )
            .order_by(col(Milestone.number))
        ):
            left[milestone.project_id].append(milestone)
        amendments = session.exec(
            select(Amendment.project_id, Amendment.by_supplier).where(
                col(Amendment.project_id).in_(projects), col(Amendment.approved).is_(None)
            )
        )
        replacements = session.exec(
            select(Replacement.project_id).where(
                col(Replacement.project_id).in_(projects),
                col(Replacement.confirmed_at).is_not(None),
                col(Replacement.approved).is_(None),
            )
        )
        return _Waiting(left, dict(amendments.all()), frozenset(replacements))

    def page(self, session: Session, me: Reader, at: At[Project], state: TaskState) -> DeliveryPage:
        """Return the agreement as it stands, with amendments and the evidence of each milestone."""
        del state
        project = at.subject
        milestones = milestones_of(session, project)
        evidence = evidence_of(session, milestones)
        agreement = present_agreement(session, project)
        indicators = progress_of(session, [agreement])[agreement.id]
        lead = session.get_one(Bid, agreement.bid_id).lead_id
        return DeliveryPage(
            agreement,
            milestones,
            evidence,
            {
                milestone.id: checklist(indicators, evidence[milestone.id])
                for milestone in milestones
            },
            acceptances_of(session, milestones),
            doubts_of(session, project, milestones),
            may(me.grants, Act.REPORT_DELIVERY, organisation(lead)) is not None,
            amendments_of(session, project),
            settings_of(session, project).amendment_percent,
            len(members_of(session, agreement.bid_id)) > 1,
        )


DELIVERY: Final = DeliveryGate()
REPAIR: Final = Mending(sent_back=False)
DELIVER: Final = StageKit(
    Stage.DELIVER, STAGE_NAMES[Stage.DELIVER], (DELIVERY, REPAIR), agreement_facts
)
