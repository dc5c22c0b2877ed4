"""What waits for a person: every open gate they have a duty at, and how they stand to it."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import false, or_
from sqlmodel import Session, col, select

from domain.corrective import NoteKind
from domain.duties import DUTY_AT, Duty, Standing
from domain.gates import EXCLUSIONS, GateKind, free_seat, gate_key
from domain.permissions import Act
from domain.roles import Grant
from domain.scoring import Party
from domain.text import Text
from models import (
    CorrectiveAction,
    Gate,
    Process,
    Project,
)
from services.assess.assessments import MAY_ANSWER
from services.gates.concerns import appraised, concerns, decided, delegated
from services.gates.decide_gate import seats_for
from services.gates.desk import At, Desk
from services.gates.policies import AFTER_BIDS, from_json
from services.gates.subjects import Subject, project_about, subjects_of
from services.identity.actors import may, organisation, place_of
from services.listing import Listed, list_page


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


_APART: Final = Text(
    "评分相差较大，须开复议会议。", "The marks lie far apart; the panel meets over them."
)
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
    marked = desk.scored.get(at.here, 0) >= desk.to_score.get(at.project.id, 0) > 0
    if not marked:
        return Standing.OPEN, None
    if chair := desk.moderated.get(at.here):
        return (Standing.OPEN if chair == desk.me else Standing.LATER), _APART
    if at.project.id in desk.blind and member.reread_at is None:
        return Standing.OPEN, None
    return Standing.DONE, None


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
        waits = waits or desk.amendments.get(at.project.id) is False
    elif may(desk.grants, Act.ACCEPT_DELIVERY, place_of(at.project)):
        if at.gate.id in desk.interested:
            return _INTERESTED
        waits = any(one.reported_at is not None for one in left)
        waits = waits or desk.amendments.get(at.project.id) is True
        waits = waits or at.project.id in desk.replacements
    else:
        return None
    return (Standing.OPEN if waits else Standing.LATER), None


def parties_of(grants: tuple[Grant, ...], project: Project) -> list[Party]:
    """Return the parties of the assessment for which somebody may answer."""
    return [party for party in Party if may(grants, MAY_ANSWER[party], place_of(project))]


def _assess(desk: Desk, at: At) -> _Stood:
    parties = parties_of(desk.grants, at.project)
    decides = at.gate.id in desk.short and may(
        desk.grants, Act.DECIDE_SHORTFALL, place_of(at.project)
    )
    if not (parties or decides):
        return None
    if at.gate.id in desk.interested:
        return _INTERESTED

    def waits(party: Party) -> bool:
        if party is Party.RESIDENTS:
            wanted = desk.paper_wanted.get(at.project.id, 0)
            return desk.answers.get((at.here, party), 0) < wanted
        return (at.here, party) not in desk.answered

    return _open_until(not (decides or any(waits(party) for party in parties)))


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


def tasks_of(
    session: Session, person_id: UUID, grants: tuple[Grant, ...], *, after: str = ""
) -> Listed[Task]:
    """Return a page of the open gates that concern somebody, those due first.

    What is done is left out, so that a page may be shorter than others. Raises BadInput as
    ``list_page``.
    """
    query = (
        select(Gate, Project)
        .join(Process, col(Process.id) == Gate.process_id)
        .join(Project, col(Project.id) == Process.project_id, isouter=True)
        .where(
            col(Gate.outcome).is_(None),
            or_(false(), *concerns(person_id, grants), *delegated(session, person_id)),
            ~decided(person_id),
            ~appraised(person_id),
        )
        .order_by(col(Gate.due_at).nulls_last(), col(Project.code), col(Gate.id))
    )
    rows: Listed[tuple[Gate, Project | None]] = list_page(session, query, after=after)
    subjects = subjects_of(session, {gate.process_id for gate, _ in rows})
    at = [At(gate, subjects[gate.process_id], project) for gate, project in rows]
    return Listed(_stand(session, person_id, grants, at), rows.next)
