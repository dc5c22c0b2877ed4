"""What a person has already done at some open gates, read at once for all of them.

The number of queries does not grow with the gates.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import func, tuple_
from sqlmodel import Session, col, select

from domain.conduct import Colour
from domain.corrective import NoteKind
from domain.duties import DUTY_AT, Duty
from domain.gates import Said
from domain.roles import Grant, Scope
from domain.scoring import Party
from domain.shortfall import falls_short
from models import (
    Agreement,
    Amendment,
    AppraisalScore,
    AssessmentResponse,
    Award,
    Bid,
    BidMember,
    Call,
    ConductEntry,
    CorrectiveNote,
    Decision,
    Gate,
    Milestone,
    Objection,
    OpeningPresence,
    Panel,
    PanelMember,
    PanelScore,
    Project,
    Replacement,
    Shortfall,
)
from models.bids import BidStatus
from services.clock import now
from services.gates.subjects import Subject
from services.identity.delegations import absent_for

Here = tuple[UUID, int]
# Duties that nobody has who acts for a bidder, or for an organisation on the list.
_UNBIASED: Final = frozenset(
    {
        Duty.DECIDE,
        Duty.OPEN_BIDS,
        Duty.ANSWER_OBJECTIONS,
        Duty.CONFIRM_AGREEMENT,
        Duty.DELIVER,
        Duty.ASSESS,
        Duty.GUIDE,
        Duty.HAND_OVER,
        Duty.REVIEW_LIST,
    }
)


class At(NamedTuple):
    """An open gate, what it belongs to, and the project that is concerned, if one is."""

    gate: Gate
    subject: Subject
    about: Project | None

    @property
    def project(self) -> Project:
        """Return the project that the gate concerns; only a month's list concerns none."""
        assert self.about is not None
        return self.about

    @property
    def here(self) -> Here:
        """Return the round of the stage that the gate belongs to."""
        return self.gate.process_id, self.gate.round


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
        self.interested = self._interested(gates)
        self.appraised = self._mine(AppraisalScore, Duty.APPRAISE)
        self.present = self._mine(OpeningPresence, Duty.OPEN_BIDS)
        self.panel, self.moderated = self._panel(), self._moderated()
        self.blind = self._blind()
        self.scored, self.to_score = self._scores(), self._to_score()
        self.objections = self._objections()
        self.agreements = self._agreements()
        self.milestones, self.amendments = self._milestones(), self._amendments()
        self.replacements = self._replacements()
        self.answers = self._answers(AssessmentResponse.party != "")
        self.answered = self._answers(AssessmentResponse.respondent == str(self.me))
        self.paper_wanted = self._paper_wanted()
        self.short = self._short(gates)
        self.notes, self.proposed = self._notes(), self._proposed()

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
                col(PanelMember.seated_at).is_not(None),
                tuple_(col(PanelMember.project_id), col(PanelMember.round)).in_(at),
            )
        )
        return {(one.project_id, one.round): one for one in rows}

    def _moderated(self) -> dict[Here, UUID]:
        """Return the panels whose marks lie too far apart, each with its chair."""
        if not (at := self._at[Duty.SCORE_BIDS]):
            return {}
        rows = self._session.exec(
            select(Panel).where(tuple_(col(Panel.project_id), col(Panel.round)).in_(at))
        )
        return {(one.project_id, one.round): one.chair_id for one in rows if one.in_moderation}

    def _blind(self) -> frozenset[UUID]:
        """Return the projects whose bids are read blind at first."""
        if not (at := self._at[Duty.SCORE_BIDS]):
            return frozenset()
        rows = self._session.exec(
            select(Call.project_id).where(
                col(Call.project_id).in_({project_id for project_id, _ in at}),
                col(Call.superseded_at).is_(None),
                col(Call.blind),
            )
        )
        return frozenset(rows)

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

    def _objections(self) -> Counter[tuple[Here, bool]]:
        """Return how many objections wait for an answer, and how many appeals for a decision."""
        if not (at := self._at[Duty.ANSWER_OBJECTIONS]):
            return Counter()
        rows = self._session.exec(
            select(Objection).where(tuple_(col(Objection.project_id), col(Objection.round)).in_(at))
        )
        found: Counter[tuple[Here, bool]] = Counter()
        for one in rows:
            here = (one.project_id, one.round)
            found[here, False] += one.answered_at is None
            found[here, True] += one.appealed_at is not None and one.appeal_answered_at is None
        return found

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

    def _replacements(self) -> frozenset[UUID]:
        """Return the projects in which a partner's replacement is confirmed and waits."""
        if not (at := self._at[Duty.DELIVER]):
            return frozenset()
        rows = self._session.exec(
            select(Replacement.project_id).where(
                col(Replacement.project_id).in_({project_id for project_id, _ in at}),
                col(Replacement.confirmed_at).is_not(None),
                col(Replacement.approved).is_(None),
            )
        )
        return frozenset(rows)

    def _amendments(self) -> dict[UUID, bool]:
        """Return the projects with an amendment that waits, and whether the supplier proposed it."""
        if not (at := self._at[Duty.DELIVER]):
            return {}
        rows = self._session.exec(
            select(Amendment.project_id, Amendment.by_supplier).where(
                col(Amendment.project_id).in_({project_id for project_id, _ in at}),
                col(Amendment.approved).is_(None),
            )
        )
        return dict(rows.all())

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
        wanted = {one.project_id: int(one.assessment[Party.RESIDENTS]["minimum"]) for one in rows}
        lowered = self._session.exec(
            select(Shortfall)
            .where(tuple_(col(Shortfall.project_id), col(Shortfall.round)).in_(at))
            .order_by(col(Shortfall.number))
        )
        return wanted | {one.project_id: one.minimum for one in lowered}

    def _short(self, gates: Sequence[At]) -> frozenset[UUID]:
        """Return the gates where residents' answers are too few although people were reminded."""
        if not self.paper_wanted:
            return frozenset()
        at = now(self._session)
        return frozenset(
            one.gate.id
            for one in gates
            if DUTY_AT[one.gate.stage, one.gate.kind] is Duty.ASSESS
            and falls_short(
                self.answers.get((one.here, Party.RESIDENTS), 0),
                self.paper_wanted[one.project.id],
                one.gate.due_at,
                at,
            )
        )

    def _notes(self) -> dict[Here, set[NoteKind]]:
        """Return what is written of the hand-overs."""
        found: dict[Here, set[NoteKind]] = defaultdict(set)
        if at := self._at[Duty.HAND_OVER]:
            for note in self._session.exec(
                select(CorrectiveNote).where(
                    tuple_(col(CorrectiveNote.action_id), col(CorrectiveNote.round)).in_(at)
                )
            ):
                found[note.action_id, note.round].add(note.kind)
        return found

    def _proposed(self) -> dict[UUID, list[ConductEntry]]:
        """Return the black entries that are proposed of this person's organisations."""
        found: dict[UUID, list[ConductEntry]] = defaultdict(list)
        if (at := self._at[Duty.REPLY_TO_LISTING]) and self.organisations:
            for one in self._session.exec(
                select(ConductEntry).where(
                    col(ConductEntry.list_id).in_({process_id for process_id, _ in at}),
                    col(ConductEntry.organisation_id).in_(self.organisations),
                    ConductEntry.colour == Colour.BLACK,
                )
            ):
                found[one.list_id].append(one)
        return found

    def _interested(self, gates: Sequence[At]) -> frozenset[UUID]:
        """Return the gates that concern an organisation of this person."""
        asked = [at for at in gates if DUTY_AT[at.gate.stage, at.gate.kind] in _UNBIASED]
        if not self.organisations or not asked:
            return frozenset()
        bids = self._session.exec(
            select(Bid.project_id)
            .join(BidMember, col(BidMember.bid_id) == Bid.id)
            .where(
                col(BidMember.organisation_id).in_(self.organisations),
                col(Bid.status) != BidStatus.DRAFT,
                col(Bid.project_id).in_({at.about.id for at in asked if at.about}),
            )
        )
        lists = self._session.exec(
            select(ConductEntry.list_id).where(
                col(ConductEntry.organisation_id).in_(self.organisations),
                col(ConductEntry.list_id).in_({at.subject.id for at in asked if not at.about}),
            )
        )
        held = {*bids, *lists}
        return frozenset(
            at.gate.id for at in asked if (at.about.id if at.about else at.subject.id) in held
        )
