"""What a person has already done at some open gates, read at once for all of them.

The number of queries does not grow with the gates.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import func, tuple_
from sqlmodel import Session, col, select

from domain.duties import DUTY_AT, Duty
from domain.gates import Said
from domain.roles import Grant, Scope
from domain.scoring import Party
from models import (
    Agreement,
    AppraisalScore,
    AssessmentResponse,
    Award,
    Bid,
    BidMember,
    Decision,
    Gate,
    Milestone,
    Objection,
    OpeningPresence,
    PanelMember,
    PanelScore,
    Project,
)
from models.bids import BidStatus
from services.identity.delegations import absent_for

Here = tuple[UUID, int]
# Duties that nobody has who acts for a bidder.
_UNBIASED: Final = (
    Duty.DECIDE,
    Duty.OPEN_BIDS,
    Duty.ANSWER_OBJECTIONS,
    Duty.CONFIRM_AGREEMENT,
    Duty.DELIVER,
    Duty.ASSESS,
)


class At(NamedTuple):
    """An open gate and its project."""

    gate: Gate
    project: Project

    @property
    def here(self) -> Here:
        """Return the round of the project's stage that the gate belongs to."""
        return self.project.id, self.gate.round


def organisations_of(grants: Sequence[Grant]) -> frozenset[UUID]:
    """Return the organisations somebody acts for."""
    return frozenset(UUID(one.code) for one in grants if one.scope is Scope.ORGANISATION)


class Desk:
    """One person before some gates."""

    def __init__(
        self,
        session: Session,
        person_id: UUID,
        grants: tuple[Grant, ...],
        gates: Sequence[At],
    ) -> None:
        """Read what the duties at ``gates`` need to know, and nothing of the others."""
        self._session, self.me, self.grants = session, person_id, grants
        self.organisations = organisations_of(grants)
        self.absent = absent_for(session, person_id)
        self._at: dict[Duty, list[Here]] = defaultdict(list)
        for at in gates:
            self._at[DUTY_AT[at.gate.stage, at.gate.kind]].append(at.here)
        self.said = self._said([at.gate for at in gates])
        self.interested = self._interested()
        self.appraised = self._mine(AppraisalScore, Duty.APPRAISE)
        self.present = self._mine(OpeningPresence, Duty.OPEN_BIDS)
        self.panel = self._panel()
        self.scored, self.to_score = self._scores(), self._to_score()
        self.objections = self._objections()
        self.agreements = self._agreements()
        self.milestones = self._milestones()
        self.answers = self._answers(AssessmentResponse.party != "")
        self.answered = self._answers(AssessmentResponse.respondent == str(self.me))
        self.paper_wanted = self._paper_wanted()

    def _said(self, gates: Sequence[Gate]) -> dict[UUID, list[Said]]:
        versions = {gate.id: gate.dossier_version for gate in gates}
        found: dict[UUID, list[Said]] = defaultdict(list)
        rows = self._session.exec(
            select(Decision)
            .where(col(Decision.gate_id).in_(versions))
            .order_by(col(Decision.decided_at))
        ).all()
        for one in rows:
            if one.dossier_version == versions[one.gate_id]:
                found[one.gate_id].append(Said(one.person_id, one.verb, one.option, one.seat))
        return found

    def _mine(
        self, table: type[AppraisalScore] | type[OpeningPresence], duty: Duty
    ) -> frozenset[Here]:
        if not self._at[duty]:
            return frozenset()
        rows = self._session.exec(
            select(table.project_id, table.round).where(
                table.person_id == self.me,
                tuple_(col(table.project_id), col(table.round)).in_(self._at[duty]),
            )
        )
        return frozenset((project_id, round_) for project_id, round_ in rows)

    def _panel(self) -> dict[Here, PanelMember]:
        if not (at := self._at[Duty.SCORE_BIDS]):
            return {}
        rows = self._session.exec(
            select(PanelMember).where(
                PanelMember.person_id == self.me,
                tuple_(col(PanelMember.project_id), col(PanelMember.round)).in_(at),
            )
        )
        return {(one.project_id, one.round): one for one in rows}

    def _scores(self) -> dict[Here, int]:
        if not (at := self._at[Duty.SCORE_BIDS]):
            return {}
        rows = self._session.exec(
            select(PanelScore.project_id, PanelScore.round, func.count())
            .where(
                PanelScore.person_id == self.me,
                col(PanelScore.voided_at).is_(None),
                tuple_(col(PanelScore.project_id), col(PanelScore.round)).in_(at),
            )
            .group_by(col(PanelScore.project_id), col(PanelScore.round))
        )
        return {(project_id, round_): number for project_id, round_, number in rows}

    def _to_score(self) -> dict[UUID, int]:
        if not (at := self._at[Duty.SCORE_BIDS]):
            return {}
        rows = self._session.exec(
            select(Bid.project_id, func.count())
            .where(
                Bid.status == BidStatus.OPENED,
                col(Bid.project_id).in_({project_id for project_id, _ in at}),
            )
            .group_by(col(Bid.project_id))
        )
        return {project_id: number for project_id, number in rows}

    def _objections(self) -> dict[Here, int]:
        if not (at := self._at[Duty.ANSWER_OBJECTIONS]):
            return {}
        rows = self._session.exec(
            select(Objection.project_id, Objection.round, func.count())
            .where(
                col(Objection.answered_at).is_(None),
                tuple_(col(Objection.project_id), col(Objection.round)).in_(at),
            )
            .group_by(col(Objection.project_id), col(Objection.round))
        )
        return {(project_id, round_): number for project_id, round_, number in rows}

    def _agreements(self) -> dict[UUID, tuple[Agreement, UUID]]:
        """Return each project's newest agreement and the organisation that leads its bid."""
        at = self._at[Duty.CONFIRM_AGREEMENT] + self._at[Duty.DELIVER]
        if not at:
            return {}
        rows = self._session.exec(
            select(Agreement, Bid.lead_id)
            .join(Bid, col(Bid.id) == Agreement.bid_id)
            .where(col(Agreement.project_id).in_({project_id for project_id, _ in at}))
            .order_by(col(Agreement.round))
        )
        return {agreement.project_id: (agreement, lead) for agreement, lead in rows}

    def _milestones(self) -> dict[UUID, list[Milestone]]:
        agreements = {one.id for one, _ in self.agreements.values()}
        found: dict[UUID, list[Milestone]] = defaultdict(list)
        if self._at[Duty.DELIVER]:
            for one in self._session.exec(
                select(Milestone)
                .where(col(Milestone.agreement_id).in_(agreements))
                .order_by(col(Milestone.number))
            ):
                found[one.project_id].append(one)
        return found

    def _answers(self, which: Any) -> dict[tuple[Here, Party], int]:
        """Return how many of ``which`` answers each party has given."""
        if not (at := self._at[Duty.ASSESS]):
            return {}
        rows = self._session.execute(
            select(
                col(AssessmentResponse.project_id),
                col(AssessmentResponse.round),
                col(AssessmentResponse.party),
            ).where(
                tuple_(col(AssessmentResponse.project_id), col(AssessmentResponse.round)).in_(at),
                which,
            )
        )
        return Counter(((project_id, round_), Party(party)) for project_id, round_, party in rows)

    def _paper_wanted(self) -> dict[UUID, int]:
        """Return how many residents' answers each project needs."""
        if not (at := self._at[Duty.ASSESS]):
            return {}
        rows = self._session.exec(
            select(Award)
            .where(col(Award.project_id).in_({project_id for project_id, _ in at}))
            .order_by(col(Award.round))
        )
        return {one.project_id: int(one.assessment[Party.RESIDENTS]["minimum"]) for one in rows}

    def _interested(self) -> frozenset[UUID]:
        """Return the projects for which an organisation of this person bids."""
        at = [here for duty in _UNBIASED for here in self._at[duty]]
        if not self.organisations or not at:
            return frozenset()
        rows = self._session.exec(
            select(Bid.project_id)
            .join(BidMember, col(BidMember.bid_id) == Bid.id)
            .where(
                col(BidMember.organisation_id).in_(self.organisations),
                col(Bid.status) != BidStatus.DRAFT,
                col(Bid.project_id).in_({project_id for project_id, _ in at}),
            )
        )
        return frozenset(rows)
