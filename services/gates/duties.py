"""What waits for a person: every open gate they have a duty at, and how they stand to it."""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, or_, tuple_
from sqlmodel import Session, col, select

from domain.conduct import Colour
from domain.corrective import NoteKind
from domain.duties import ACTS_FOR, DUTY_AT, Duty, Standing
from domain.gates import EXCLUSIONS, RULES, GateKind, free_seat, gate_key
from domain.lifecycle import Stage
from domain.permissions import PERMITS, Act
from domain.roles import Grant, Role, Scope
from domain.scoring import Party
from domain.text import Text
from models import (
    Agreement,
    AppraisalScore,
    Bid,
    ConductEntry,
    CorrectiveAction,
    Decision,
    Gate,
    Panel,
    PanelMember,
    Process,
    Project,
)
from services.assess.assessments import MAY_ANSWER
from services.gates.decide_gate import seats_for
from services.gates.desk import At, Desk, organisations_of
from services.gates.policies import AFTER_BIDS, from_json
from services.gates.subjects import Subject, project_about, subjects_of
from services.identity.actors import may, organisation, place_of
from services.identity.delegations import absent_for

_MOST: Final = 500


class Task(NamedTuple):
    """A gate that concerns somebody: what they are to do, how they stand to it, and why.

    ``about`` is the project that is concerned, if one is.
    """

    subject: Subject
    about: Project | None
    gate: Gate
    duty: Duty
    standing: Standing
    why: Text | None = None

    @property
    def project(self) -> Project:
        """Return the project that is concerned, at the gates where one is."""
        assert self.about is not None
        return self.about

    @property
    def key(self) -> str:
        """Return the key of the gate."""
        return gate_key(self.gate.stage, self.gate.kind, self.gate.round)


_Stood = tuple[Standing, Text | None] | None


_INTERESTED: Final[_Stood] = (Standing.BARRED, EXCLUSIONS["interest"])


def _open_until(done: bool) -> _Stood:
    return (Standing.DONE if done else Standing.OPEN), None


def _seated(desk: Desk, at: At) -> _Stood:
    """Stand as the gate's policy seats people."""
    policy = from_json(at.gate.policy)
    admitted, _ = seats_for(policy, at.gate.kind, desk.me, desk.grants, desk.absent)
    if not admitted:
        return None
    if reason := policy.excluded.get(desk.me):
        return Standing.BARRED, EXCLUSIONS[reason]
    # Whoever has come to act for a bidder since the gate opened.
    if at.gate.stage in AFTER_BIDS and at.gate.id in desk.interested:
        return _INTERESTED
    said = desk.said[at.gate.id]
    if at.gate.kind is GateKind.REPAIR:
        return Standing.OPEN, None
    if any(one.person == desk.me for one in said):
        return Standing.DONE, None
    if free_seat(policy, said, admitted) is None:
        return Standing.DONE, Text(
            "您的席位已有人作出决定。", "Somebody has decided from your seat."
        )
    return Standing.OPEN, None


def _appraise(desk: Desk, at: At) -> _Stood:
    if not may(desk.grants, Act.APPRAISE, place_of(at.project)):
        return None
    return _open_until(at.here in desk.appraised)


def _open(desk: Desk, at: At) -> _Stood:
    if not may(desk.grants, Act.OPEN_BIDS, place_of(at.project)):
        return None
    if at.gate.id in desk.interested:
        return _INTERESTED
    return _open_until(at.here in desk.present)


def _score(desk: Desk, at: At) -> _Stood:
    member = desk.panel.get(at.here)
    if member is None:
        return None
    if member.recused_at is not None:
        return Standing.BARRED, Text("您已回避。", "You are recused.")
    return _open_until(desk.scored.get(at.here, 0) >= desk.to_score.get(at.project.id, 0) > 0)


def _object(desk: Desk, at: At) -> _Stood:
    place = place_of(at.project)
    answers = may(desk.grants, Act.ANSWER_OBJECTION, place) is not None
    appeals = may(desk.grants, Act.DECIDE_APPEAL, place) is not None
    if not (answers or (appeals and desk.objections[at.here, True])):
        return None
    if at.gate.id in desk.interested:
        return _INTERESTED
    waits = (answers and desk.objections[at.here, False]) or (
        appeals and desk.objections[at.here, True]
    )
    return (Standing.OPEN if waits else Standing.LATER), None


def _agree(desk: Desk, at: At) -> _Stood:
    held = desk.agreements.get(at.project.id)
    if held is None:
        return None
    agreement, lead = held
    if may(desk.grants, Act.CONFIRM_AS_SUPPLIER, organisation(lead)):
        return _open_until(agreement.supplier_confirmed_at is not None)
    if may(desk.grants, Act.CONFIRM_AS_BUYER, place_of(at.project)):
        if at.gate.id in desk.interested:
            return _INTERESTED
        return _open_until(agreement.buyer_confirmed_at is not None)
    return None


def _deliver(desk: Desk, at: At) -> _Stood:
    held = desk.agreements.get(at.project.id)
    if held is None:
        return None
    left = [one for one in desk.milestones[at.project.id] if one.accepted_at is None]
    if may(desk.grants, Act.REPORT_DELIVERY, organisation(held[1])):
        waits = any(one.reported_at is None for one in left)
    elif may(desk.grants, Act.ACCEPT_DELIVERY, place_of(at.project)):
        if at.gate.id in desk.interested:
            return _INTERESTED
        waits = any(one.reported_at is not None for one in left)
    else:
        return None
    return (Standing.OPEN if waits else Standing.LATER), None


def parties_of(grants: tuple[Grant, ...], project: Project) -> list[Party]:
    """Return the parties of the assessment for which somebody may answer."""
    return [party for party in Party if may(grants, MAY_ANSWER[party], place_of(project))]


def _assess(desk: Desk, at: At) -> _Stood:
    parties = parties_of(desk.grants, at.project)
    if not parties:
        return None
    if at.gate.id in desk.interested:
        return _INTERESTED

    def waits(party: Party) -> bool:
        if party is Party.RESIDENTS:
            wanted = desk.paper_wanted.get(at.project.id, 0)
            return desk.answers.get((at.here, party), 0) < wanted
        return (at.here, party) not in desk.answered

    return _open_until(not any(waits(party) for party in parties))


def _answer_for(desk: Desk, at: At) -> _Stood:
    """The organisation that is to mend something writes; again replaces what it wrote."""
    assert isinstance(at.subject, CorrectiveAction)
    if not may(desk.grants, Act.REPORT_DELIVERY, organisation(at.subject.organisation_id)):
        return None
    return Standing.OPEN, None


def _hand_over(desk: Desk, at: At) -> _Stood:
    assert isinstance(at.subject, CorrectiveAction)
    written = desk.notes[at.here]
    recorded = NoteKind.HAND_OVER in written
    if may(desk.grants, Act.REPORT_DELIVERY, organisation(at.subject.organisation_id)):
        if not recorded:
            return Standing.LATER, None
        return _open_until(NoteKind.HAND_OVER_CONFIRMED in written)
    if may(desk.grants, Act.HAND_OVER, place_of(at.project)):
        return _INTERESTED if at.gate.id in desk.interested else _open_until(recorded)
    return None


def _reply_to_listing(desk: Desk, at: At) -> _Stood:
    proposed = desk.proposed[at.gate.process_id]
    if not proposed:
        return None
    return _open_until(all(one.reply for one in proposed))


# Bidding is not here: it is nobody's duty, and has a list of its own.
_STANDINGS: Final[dict[Duty, Callable[[Desk, At], _Stood]]] = {
    Duty.ANALYSE: _seated,
    Duty.DRAFT_CALL: _seated,
    Duty.FORM_PANEL: _seated,
    Duty.DECIDE: _seated,
    Duty.MEND: _seated,
    Duty.APPRAISE: _appraise,
    Duty.OPEN_BIDS: _open,
    Duty.SCORE_BIDS: _score,
    Duty.ANSWER_OBJECTIONS: _object,
    Duty.CONFIRM_AGREEMENT: _agree,
    Duty.DELIVER: _deliver,
    Duty.ASSESS: _assess,
    Duty.PLAN_CORRECTION: _answer_for,
    Duty.REPORT_CORRECTION: _answer_for,
    Duty.GUIDE: _seated,
    Duty.REPLY: _answer_for,
    Duty.HAND_OVER: _hand_over,
    Duty.REPLY_TO_LISTING: _reply_to_listing,
    Duty.REVIEW_LIST: _seated,
}


def task_at(
    session: Session, person_id: UUID, grants: tuple[Grant, ...], subject: Subject, gate: Gate
) -> Task | None:
    """Return how somebody stands to one open gate, None if it is no concern of theirs."""
    at = At(gate, subject, project_about(session, subject))
    found = _stand(session, person_id, grants, [at])
    return found[0] if found else None


def _stand(
    session: Session,
    person_id: UUID,
    grants: tuple[Grant, ...],
    gates: Sequence[At],
) -> list[Task]:
    desk = Desk(session, person_id, grants, gates)
    found = []
    for at in gates:
        duty = DUTY_AT[at.gate.stage, at.gate.kind]
        stand = _STANDINGS.get(duty)
        if stand and (stood := stand(desk, at)):
            found.append(Task(at.subject, at.about, at.gate, duty, *stood))
    return found


def tasks_of(session: Session, person_id: UUID, grants: tuple[Grant, ...]) -> list[Task]:
    """Return the open gates that concern somebody, those due first; what is done is left out."""
    rows = session.exec(
        select(Gate, Project)
        .join(Process, col(Process.id) == Gate.process_id)
        .join(Project, col(Project.id) == Process.project_id, isouter=True)
        .where(
            col(Gate.outcome).is_(None),
            or_(false(), *_concerns(person_id, grants), *_delegated(session, person_id)),
            ~_decided(person_id),
            ~_appraised(person_id),
        )
        .order_by(col(Gate.due_at).nulls_last(), col(Project.code))
        .limit(_MOST)
    ).all()
    subjects = subjects_of(session, {gate.process_id for gate, _ in rows})
    at = [At(gate, subjects[gate.process_id], project) for gate, project in rows]
    return _stand(session, person_id, grants, at)


def _gates_of(role: Role) -> list[tuple[Stage, GateKind]]:
    """Return the gates at which a role may have a duty."""
    seated = {place for place, rule in RULES.items() if any(seat[0] is role for seat in rule.seats)}
    acting = {
        place
        for place, duty in DUTY_AT.items()
        for act in ACTS_FOR.get(duty, ())
        if any(one is role for one, _ in PERMITS[act])
    }
    return sorted(seated | acting)


def _concerns(person_id: UUID, grants: tuple[Grant, ...]) -> list[ColumnElement[bool]]:
    """Return the conditions under which a gate may concern somebody."""
    found: list[ColumnElement[bool]] = []
    places: dict[Scope, Any] = {
        Scope.STREET: col(Project.street_code),
        Scope.COMMUNITY: col(Project.community_code),
    }
    for grant in grants:
        here = tuple_(col(Gate.stage), col(Gate.kind)).in_(_gates_of(grant.role))
        if grant.scope in places:
            found.append(and_(here, places[grant.scope] == grant.code))
        elif grant.scope is Scope.DISTRICT:
            found.append(here)
    found.append(_on_panel(person_id))
    found.append(_second_approval(grants))
    if held := organisations_of(grants):
        found.append(
            and_(
                tuple_(col(Gate.stage), col(Gate.kind)).in_(
                    [(Stage.NOTICE, GateKind.EVENT), (Stage.DELIVER, GateKind.EVENT)]
                ),
                exists().where(
                    col(Agreement.project_id) == col(Gate.process_id),
                    col(Bid.id) == col(Agreement.bid_id),
                    col(Bid.lead_id).in_(held),
                ),
            )
        )
        found.append(
            and_(
                col(Gate.kind) == GateKind.EVENT,
                exists().where(
                    col(CorrectiveAction.id) == col(Gate.process_id),
                    col(CorrectiveAction.organisation_id).in_(held),
                ),
            )
        )
        found.append(
            and_(
                col(Gate.kind) == GateKind.TIMER,
                exists().where(
                    col(ConductEntry.list_id) == col(Gate.process_id),
                    col(ConductEntry.organisation_id).in_(held),
                    col(ConductEntry.colour) == Colour.BLACK,
                ),
            )
        )
    return found


def _delegated(session: Session, person_id: UUID) -> list[ColumnElement[bool]]:
    """Return the approvals that concern those for whom somebody stands in."""
    approvals = col(Gate.kind) == GateKind.APPROVAL
    return [
        and_(approvals, or_(false(), *_concerns(one.person_id, one.grants)))
        for one in absent_for(session, person_id)
    ]


def _on_panel(person_id: UUID) -> ColumnElement[bool]:
    scoring = and_(
        col(Gate.kind) == GateKind.EVENT,
        exists().where(
            col(PanelMember.project_id) == col(Gate.process_id),
            col(PanelMember.round) == col(Gate.round),
            col(PanelMember.person_id) == person_id,
        ),
    )
    chairing = and_(
        col(Gate.kind) == GateKind.APPROVAL,
        exists().where(
            col(Panel.project_id) == col(Gate.process_id),
            col(Panel.round) == col(Gate.round),
            col(Panel.chair_id) == person_id,
        ),
    )
    return and_(col(Gate.stage) == Stage.AWARD, or_(scoring, chairing))


def _second_approval(grants: tuple[Grant, ...]) -> ColumnElement[bool]:
    if not any(one.role is Role.DISTRICT_ADMINISTRATOR for one in grants):
        return false()
    return and_(col(Gate.stage) == Stage.AWARD, col(Gate.kind) == GateKind.APPROVAL)


def _decided(person_id: UUID) -> ColumnElement[bool]:
    return exists().where(
        col(Decision.gate_id) == col(Gate.id),
        col(Decision.person_id) == person_id,
        col(Decision.dossier_version) == col(Gate.dossier_version),
        col(Gate.kind) != GateKind.REPAIR,
    )


def _appraised(person_id: UUID) -> ColumnElement[bool]:
    return and_(
        col(Gate.stage) == Stage.EVALUATE,
        col(Gate.kind) == GateKind.EVENT,
        exists().where(
            col(AppraisalScore.project_id) == col(Gate.process_id),
            col(AppraisalScore.round) == col(Gate.round),
            col(AppraisalScore.person_id) == person_id,
        ),
    )
