"""What an event gate waits for: how many facts are in, and how many it takes."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, func
from sqlmodel import Session, col, select

from domain import corrective
from domain.corrective import NoteKind
from domain.gates import GateKind
from domain.lifecycle import Stage
from domain.scoring import FEWEST_SHEETS, PANEL_PARTIES, Party
from models import (
    Agreement,
    AppraisalScore,
    AssessmentResponse,
    Bid,
    Call,
    CorrectiveAction,
    CorrectiveNote,
    Gate,
    Milestone,
    OpeningPresence,
    Panel,
    PanelMember,
    PanelScore,
    Project,
)
from models.bids import BidStatus
from services.gates.policies import assessment_rules, settings_of
from services.gates.subjects import Subject

_SITS: Final = and_(col(PanelMember.seated_at).is_not(None), col(PanelMember.recused_at).is_(None))


class Progress(NamedTuple):
    """Facts in, and facts needed; ``settles`` tells whether they do once the time is over."""

    done: int
    needed: int
    settles: bool = True

    @property
    def complete(self) -> bool:
        """Tell whether the quorum is in."""
        return self.needed > 0 and self.done >= self.needed

    def plus(self, done: int, needed: int) -> "Progress":
        """Return the progress with something else to wait for."""
        return self._replace(done=self.done + done, needed=self.needed + needed)


def _appraisal(session: Session, project: Project) -> Progress:
    done = session.exec(
        select(func.count())
        .select_from(AppraisalScore)
        .where(AppraisalScore.project_id == project.id, AppraisalScore.round == project.stage_round)
    ).one()
    return Progress(done, int(settings_of(session, project)["appraisal_quorum"]))


def _opening(session: Session, project: Project) -> Progress:
    done = session.exec(
        select(func.count())
        .select_from(OpeningPresence)
        .where(
            OpeningPresence.project_id == project.id, OpeningPresence.round == project.stage_round
        )
    ).one()
    return Progress(done, int(settings_of(session, project)["openers"]))


def panel_readings(session: Session, project: Project) -> Progress:
    """Return how many sheets are in, and of a blind call how many second readings are over."""
    here = (PanelMember.project_id == project.id, PanelMember.round == project.stage_round)
    members, reread = session.exec(
        select(func.count(), func.count(col(PanelMember.reread_at)))
        .select_from(PanelMember)
        .where(*here, _SITS)
    ).one()
    bids = session.exec(
        select(func.count())
        .select_from(Bid)
        .where(Bid.project_id == project.id, Bid.status == BidStatus.OPENED)
    ).one()
    scores = session.exec(
        select(func.count())
        .select_from(PanelScore)
        .join(Bid, col(Bid.id) == PanelScore.bid_id)
        .where(
            Bid.status == BidStatus.OPENED,
            PanelScore.project_id == project.id,
            PanelScore.round == project.stage_round,
            col(PanelScore.voided_at).is_(None),
        )
    ).one()
    blind = session.exec(
        select(Call.blind).where(Call.project_id == project.id).order_by(col(Call.version).desc())
    ).first()
    return Progress(scores, members * bids).plus(*((reread, members) if blind else (0, 0)))


def _panel(session: Session, project: Project) -> Progress:
    """The readings, and the meeting where marks lie too far apart."""
    panel = session.get(Panel, (project.id, project.stage_round))
    met = panel is not None and panel.moderated_at is not None
    waits = panel is not None and panel.in_moderation
    return panel_readings(session, project).plus(int(met), int(met or waits))


def quorum_broken(session: Session, project: Project) -> bool:
    """Tell whether recusals have left too few of the panel, or a party of it without a member."""
    members = session.exec(
        select(PanelMember).where(
            PanelMember.project_id == project.id, PanelMember.round == project.stage_round
        )
    ).all()
    left = [one for one in members if one.seated_at is not None and one.recused_at is None]
    parties = {one.party for one in left}
    return bool(members) and (len(left) < FEWEST_SHEETS or parties < set(PANEL_PARTIES))


def _agreement(session: Session, project: Project) -> Progress:
    agreement = session.exec(
        select(Agreement).where(
            Agreement.project_id == project.id, Agreement.round == project.stage_round
        )
    ).one_or_none()
    if agreement is None:
        return Progress(0, 2)
    sides = (agreement.buyer_confirmed_at, agreement.supplier_confirmed_at)
    return Progress(sum(side is not None for side in sides), 2)


def _delivery(session: Session, project: Project) -> Progress:
    milestones = session.exec(
        select(Milestone.accepted_at).where(
            Milestone.project_id == project.id,
            Milestone.agreement_id
            == select(Agreement.id)
            .where(Agreement.project_id == project.id)
            .order_by(col(Agreement.round).desc())
            .limit(1)
            .scalar_subquery(),
        )
    ).all()
    return Progress(sum(at is not None for at in milestones), len(milestones))


def responses_by_party(session: Session, project: Project) -> dict[Party, int]:
    """Return how many responses each party has given in this round."""
    rows = session.exec(
        select(AssessmentResponse.party, func.count())
        .where(
            AssessmentResponse.project_id == project.id,
            AssessmentResponse.round == project.stage_round,
        )
        .group_by(col(AssessmentResponse.party))
    ).all()
    return {party: dict(rows).get(party, 0) for party in Party}


def _assessment(session: Session, project: Project) -> Progress:
    rules = assessment_rules(session, project)
    counts = responses_by_party(session, project)
    enough = [min(counts[party], int(rules[party]["minimum"])) for party in Party]
    return Progress(sum(enough), sum(int(rules[party]["minimum"]) for party in Party))


def _written(kind: NoteKind) -> Callable[[Session, CorrectiveAction], Progress]:
    """Return whether this note is written in the present round."""

    def count(session: Session, action: CorrectiveAction) -> Progress:
        done = session.exec(
            select(func.count())
            .select_from(CorrectiveNote)
            .where(
                CorrectiveNote.action_id == action.id,
                CorrectiveNote.round == action.stage_round,
                CorrectiveNote.kind == kind,
            )
        ).one()
        return Progress(done, 1)

    return count


def _exit(session: Session, action: CorrectiveAction) -> Progress:
    """The street's record, and the organisation's confirmation; late, the record alone will do."""
    recorded = _written(NoteKind.HAND_OVER)(session, action).done
    confirmed = _written(NoteKind.HAND_OVER_CONFIRMED)(session, action).done
    return Progress(recorded + confirmed, 2, settles=recorded > 0)


_PROGRESS: dict[Stage, Callable[[Session, Any], Progress]] = {
    Stage.EVALUATE: _appraisal,
    Stage.BID: _opening,
    Stage.AWARD: _panel,
    Stage.NOTICE: _agreement,
    Stage.DELIVER: _delivery,
    Stage.ASSESS: _assessment,
    Stage.CORRECT: _written(NoteKind.PLAN),
    Stage.RECHECK: _written(NoteKind.CORRECTION),
    Stage.INTERVENE: _written(NoteKind.RECOVERY),
    Stage.TERMINATE: _written(NoteKind.REPLY),
    Stage.EXIT: _exit,
}


def progress(session: Session, subject: Subject, stage: Stage) -> Progress:
    """Return how far the event gate of ``stage`` has come.

    Delivery and assessment are not complete while a corrective action is open.
    """
    found = _PROGRESS[stage](session, subject)
    if stage in (Stage.DELIVER, Stage.ASSESS) and (waits := _corrective(session, subject)):
        return found.plus(0, waits)
    return found


def waits_for_correction(session: Session, subject: Subject, gate: Gate) -> bool:
    """Tell whether a result may not be confirmed yet, as a corrective action is open."""
    return (gate.stage, gate.kind) == (Stage.ASSESS, GateKind.APPROVAL) and bool(
        _corrective(session, subject)
    )


def _corrective(session: Session, subject: Subject) -> int:
    return session.exec(
        select(func.count())
        .select_from(CorrectiveAction)
        .where(
            CorrectiveAction.project_id == subject.id,
            col(CorrectiveAction.status).in_(list(corrective.STAGE_OF)),
        )
    ).one()
