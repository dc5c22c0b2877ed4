"""Corrective action 纠偏整改: finding, plan, recheck, escalation, and how a project ends by it.

Every step is a gate of a process of its own; see ``flows.corrective_action``.
"""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlmodel import Field, Session, col, select

from domain.calendar import BEIJING, add_months
from domain.conduct.conduct_list import CreditRule
from domain.conduct.corrective import STAGE_OF, CorrectiveMove, CorrectiveStatus, NoteKind, advance
from domain.errors import BadInput, NotFound, NotPermitted
from domain.gates import GateKind, Outcome, Verb
from domain.identity.permissions import Act
from domain.lifecycle import TERMINAL, Action, Stage
from domain.text import Text
from models import (
    CorrectiveAction,
    CorrectiveNote,
    Decision,
    Finding,
    Gate,
    Project,
)
from models.limits import LONGEST_TEXT, MOST_PEOPLE
from models.shapes import Command
from services.award.awards import present_agreement
from services.bid.interests import require_no_interest
from services.clock import now
from services.conduct.events import CorrectiveMoved, CorrectiveNoted, CorrectiveProgress
from services.deliver.acceptance import release_rest
from services.events import audiences
from services.events.record import record, tell
from services.gates.decide_gate import decide_gate
from services.gates.preparation import open_preparation
from services.gates.rounds import next_round
from services.gates.settle_gate import end_gates, require_facts_wanted, settle_current
from services.gates.subjects import lock_subject
from services.identity.actors import (
    Actor,
    authorise,
    organisation,
    place_of,
    require_administrator,
)
from services.ledgers import credit
from services.projects.moves import end_unanswered, lock_project
from services.rows import row_or_new

# A correction is a matter of weeks.
_LONGEST_MONTHS: Final = 6


class StepCreate(Command):
    """What is typed at a step: the text, and the day a plan or a guidance names."""

    text: str = Field(min_length=5, max_length=LONGEST_TEXT)
    due_on: date | None = None


class HandOverCreate(Command):
    """Who takes the beneficiaries over, how many they are, and what was arranged."""

    text: str = Field(min_length=5, max_length=LONGEST_TEXT)
    receiver: str = Field(min_length=2, max_length=120)
    people: int = Field(ge=0, le=MOST_PEOPLE)


def action_coded(session: Session, code: str) -> CorrectiveAction:
    """Return the corrective action with this code; raise NotFound."""
    corrective_action = session.exec(
        select(CorrectiveAction).where(CorrectiveAction.code == code)
    ).one_or_none()
    if corrective_action is None:
        raise NotFound(what=Text("整改", "corrective action"), key=code)
    return corrective_action


def _locked(session: Session, action_id: UUID) -> tuple[CorrectiveAction, Project]:
    action = lock_subject(session, action_id)
    assert isinstance(action, CorrectiveAction)
    return action, session.get_one(Project, action.project_id)


def _note(
    session: Session,
    action: CorrectiveAction,
    kind: NoteKind,
    actor: Actor,
    text: str,
    at: datetime,
) -> CorrectiveNote:
    note = row_or_new(
        session, CorrectiveNote, action_id=action.id, kind=kind, round=action.stage_round
    )
    note.text, note.written_by, note.written_at = text, actor.person_id, at
    session.flush()
    return note


def _tell_step(
    session: Session,
    project: Project,
    action: CorrectiveAction,
    kind: NoteKind,
    actor: Actor,
    at: datetime,
) -> None:
    record(
        session,
        CorrectiveNoted(kind=kind, corrective=action.code, round=action.stage_round),
        about=project.code,
        by=actor.login,
        at=at,
    )


_WRITTEN_AT = {
    Stage.CORRECT: NoteKind.PLAN,
    Stage.RECHECK: NoteKind.CORRECTION,
    Stage.INTERVENE: NoteKind.RECOVERY,
    Stage.TERMINATE: NoteKind.REPLY,
}


def write_step(session: Session, *, action_id: UUID, actor: Actor, step: StepCreate) -> None:
    """Write what the organisation owes now: plan, report of the correction, recovery, or reply.

    Raises BadInput for a plan without a day to come, NotPermitted for others and once it is over.
    """
    action, project = _locked(session, action_id)
    authorise(session, actor, Act.REPORT_DELIVERY, organisation(action.organisation_id))
    stage = STAGE_OF.get(action.status)
    kind = _WRITTEN_AT.get(stage) if stage else None
    if kind is None:
        raise NotPermitted(zh="现在没有要提交的内容。", en="nothing is to be written now.")
    require_facts_wanted(session, action)
    at = now(session)
    note = _note(session, action, kind, actor, step.text.strip(), at)
    note.due_on = _day_to_come(step, at) if kind is NoteKind.PLAN else None
    _tell_step(session, project, action, kind, actor, at)
    settle_current(session, action, GateKind.EVENT, at)


def _day_to_come(step: StepCreate, at: datetime) -> date:
    today = at.astimezone(BEIJING).date()
    latest = add_months(today, _LONGEST_MONTHS)
    if step.due_on is None or not today < step.due_on <= latest:
        raise BadInput(
            zh=f"请写明完成日期，须晚于今天，不晚于 {latest}。",
            en=f"Name the day by which it is done, after today and by {latest}.",
        )
    return step.due_on


def write_guidance(session: Session, *, action_id: UUID, actor: Actor, step: StepCreate) -> None:
    """Write the guidance of an intervention and the day by which the organisation is able again."""
    require_administrator(session, actor)
    action, project = _locked(session, action_id)
    gate = open_preparation(session, action, Stage.INTERVENE)
    at = now(session)
    note = _note(session, action, NoteKind.GUIDANCE, actor, step.text.strip(), at)
    note.due_on = _day_to_come(step, at)
    _tell_step(session, project, action, NoteKind.GUIDANCE, actor, at)
    decide_gate(session, gate_id=gate.id, actor=actor, verb=Verb.SUBMIT, prepared=True, at=at)


def record_hand_over(
    session: Session, *, action_id: UUID, actor: Actor, sent: HandOverCreate
) -> None:
    """Record who takes the beneficiaries over.

    Past the gate's date the organisation's confirmation is not waited for any longer.
    """
    action, project = _locked(session, action_id)
    authorise(session, actor, Act.HAND_OVER, place_of(project))
    require_no_interest(session, project, actor)
    if action.status is not CorrectiveStatus.EXITING:
        raise NotPermitted(zh="现在不在交接阶段。", en="nothing is handed over now.")
    require_facts_wanted(session, action)
    at = now(session)
    note = _note(session, action, NoteKind.HAND_OVER, actor, sent.text.strip(), at)
    note.receiver, note.people = sent.receiver.strip(), sent.people
    _tell_step(session, project, action, NoteKind.HAND_OVER, actor, at)
    settle_current(session, action, GateKind.EVENT, at)


def confirm_hand_over(session: Session, *, action_id: UUID, actor: Actor) -> None:
    """Confirm, for the organisation that leaves, what the street has recorded."""
    action, project = _locked(session, action_id)
    authorise(session, actor, Act.REPORT_DELIVERY, organisation(action.organisation_id))
    recorded = session.exec(
        select(CorrectiveNote.id).where(
            CorrectiveNote.action_id == action.id,
            CorrectiveNote.kind == NoteKind.HAND_OVER,
            CorrectiveNote.round == action.stage_round,
        )
    ).first()
    if action.status is not CorrectiveStatus.EXITING or recorded is None:
        raise NotPermitted(
            zh="街道还没有记录交接。", en="the street has not recorded the hand-over yet."
        )
    require_facts_wanted(session, action)
    at = now(session)
    _note(session, action, NoteKind.HAND_OVER_CONFIRMED, actor, "已确认 / confirmed", at)
    _tell_step(session, project, action, NoteKind.HAND_OVER_CONFIRMED, actor, at)
    settle_current(session, action, GateKind.EVENT, at)


def conclude_plan(session: Session, action: CorrectiveAction, gate: Gate, at: datetime) -> None:
    """Go by an accepted plan, ask for another, or escalate."""
    _conclude(session, action, gate, at, CorrectiveMove.ACCEPT_PLAN, CorrectiveMove.ESCALATE)


def escalate(session: Session, action: CorrectiveAction, at: datetime) -> dict[str, object]:
    """No plan came in time: an intervention follows."""
    _move(session, action, CorrectiveMove.ESCALATE, at)
    return {}


def conclude_recheck(session: Session, action: CorrectiveAction, gate: Gate, at: datetime) -> None:
    """Close a healed action, give more time, or escalate."""
    _conclude(session, action, gate, at, CorrectiveMove.HEAL, CorrectiveMove.ESCALATE)


def conclude_intervention(
    session: Session, action: CorrectiveAction, gate: Gate, at: datetime
) -> None:
    """Close with an organisation that is able again, guide it anew, or propose to terminate."""
    _conclude(session, action, gate, at, CorrectiveMove.RECOVER, CorrectiveMove.GIVE_UP)


def conclude_termination(
    session: Session, action: CorrectiveAction, gate: Gate, at: datetime
) -> None:
    """Terminate the project, or go on guiding."""
    _conclude(session, action, gate, at, CorrectiveMove.TERMINATE, CorrectiveMove.SPARE)
    if action.status is CorrectiveStatus.EXITING:
        _terminate(session, action, gate, at)


def finish_exit(session: Session, action: CorrectiveAction, at: datetime) -> dict[str, object]:
    """The beneficiaries are handed over: the organisation has left."""
    _move(session, action, CorrectiveMove.HAND_OVER, at)
    return {}


def _conclude(
    session: Session,
    action: CorrectiveAction,
    gate: Gate,
    at: datetime,
    yes: CorrectiveMove,
    no: CorrectiveMove,
) -> None:
    if gate.outcome is Outcome.RETURNED:
        action.stage_round += 1
    elif gate.outcome in (Outcome.APPROVED, Outcome.REJECTED):
        _move(session, action, yes if gate.outcome is Outcome.APPROVED else no, at)


def _move(session: Session, action: CorrectiveAction, done: CorrectiveMove, at: datetime) -> None:
    """Move an action by its table; where a stage was entered before, its next round begins."""
    project = lock_project(session, action.project_id)
    action.status, action.stage_round = advance(action.status, done), 1
    stage = STAGE_OF.get(action.status)
    if stage:
        action.stage_round = next_round(session, action.id, stage)
    else:
        action.closed_at = at
    record(
        session,
        CorrectiveMoved(move=done, corrective=action.code, to=action.status),
        about=project.code,
        by="flow",
        at=at,
    )
    tell(
        session,
        CorrectiveProgress(corrective=action.code, to=action.status),
        about=project.code,
        at=at,
        to=audiences.organisation(action.organisation_id),
        once=f"corrective:{action.id}:{done}:{at.isoformat()}",
    )
    session.flush()
    if action.status is CorrectiveStatus.HEALED:
        # What the lifecycle waited for may now be complete.
        settle_current(session, project, GateKind.EVENT, at)


def _terminate(session: Session, action: CorrectiveAction, gate: Gate, at: datetime) -> None:
    """End the project: its gates, its quota; the termination is in the ledger of every member.

    A project that was closed before keeps its end; the termination is in the ledger all the same.
    """
    project = lock_project(session, action.project_id)
    reason = session.exec(
        select(Decision.comment)
        .where(Decision.gate_id == gate.id, Decision.verb == Verb.APPROVE)
        .order_by(col(Decision.decided_at))
    ).first()
    agreement = present_agreement(session, project)
    credit.enter(
        session,
        project,
        CreditRule.TERMINATED,
        organisations=credit.members_of(session, agreement.bid_id),
        reference=project.code,
        at=at,
    )
    if project.status in TERMINAL:
        return
    release_rest(session, project, at)
    end_unanswered(session, project, Action.TERMINATE, actor="flow", at=at, reason=reason)
    end_gates(session, project, at)


def read_action(
    session: Session, action: CorrectiveAction
) -> tuple[list[Finding], list[CorrectiveNote]]:
    """Return the findings and the notes, in order."""
    findings = session.exec(
        select(Finding).where(Finding.action_id == action.id).order_by(col(Finding.found_at))
    ).all()
    notes = session.exec(
        select(CorrectiveNote)
        .where(CorrectiveNote.action_id == action.id)
        .order_by(col(CorrectiveNote.written_at))
    ).all()
    return list(findings), list(notes)
