"""Evaluate 评榜: the needs analysis, the appraisal scores and what follows from collections.abc import Mapping
from the decision."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlmodel import Field, Session

from domain.errors import NotPermitted
from domain.gates import GateKind, Outcome, Verb
from domain.identity.permissions import Act
from domain.lifecycle import Action, Stage
from domain.money import yuan
from domain.questionnaires import Questionnaire
from domain.questions import Kept
from models import AppraisalScore, Gate, Project
from models.limits import LONGEST_TEXT, MOST_PEOPLE, MOST_YUAN
from models.shapes import Command
from services.clock import now
from services.district.rounds import settings_of
from services.evaluate.events import AppraisalScored
from services.events.record import record
from services.gates.decide_gate import decide_gate
from services.gates.preparation import open_preparation
from services.gates.settle_gate import require_facts_wanted, settle_current
from services.identity.actors import Actor, authorise, place_of
from services.projects.moves import end_unanswered, lock_project, move
from services.rows import row_or_new
from services.rubrics import rubric_marks


class NeedsAnalysisCreate(Command):
    """What an analyst writes about a project; the budget estimate in yuan."""

    root_cause: str = Field(min_length=5, max_length=LONGEST_TEXT)
    target_group: str = Field(min_length=2, max_length=200)
    beneficiaries: int = Field(gt=0, le=MOST_PEOPLE)
    budget: Decimal = Field(gt=0, le=MOST_YUAN)


def begin_evaluation(session: Session, project: Project, at: datetime) -> dict[str, object]:
    """Move a draft into evaluation."""
    move(session, project, Action.BEGIN_EVALUATION, actor="flow", at=at)
    return {}


def submit_analysis(
    session: Session, *, project_id: UUID, actor: Actor, analysis: NeedsAnalysisCreate
) -> None:
    """Write the needs analysis and submit it, ending the preparation.

    Raises NotPermitted, GateClosed or NotFound when the project is not waiting for it.
    """
    project = lock_project(session, project_id)
    gate = open_preparation(session, project, Stage.EVALUATE)
    project.root_cause = analysis.root_cause
    project.target_group = analysis.target_group
    project.beneficiaries = analysis.beneficiaries
    project.budget = yuan(analysis.budget)
    session.flush()
    decide_gate(
        session, gate_id=gate.id, actor=actor, verb=Verb.SUBMIT, prepared=True, at=now(session)
    )


def appraisal_sheet(session: Session, project: Project) -> Questionnaire:
    """Return what an appraiser is asked: a mark by each criterion of the round's rubric."""
    rubric = settings_of(session, project).appraisal_rubric
    return Questionnaire("appraisal", project.settings_version, rubric_marks(rubric))


def score_appraisal(
    session: Session, *, project_id: UUID, actor: Actor, marks: Mapping[str, Kept]
) -> None:
    """Record an appraiser's marks by the round's rubric; the same person again replaces theirs.

    Raises NotPermitted unless the actor is an expert or a department officer and the scoring is
    going on, FieldsWrong for marks that do not fit the rubric.
    """
    project = lock_project(session, project_id)
    authorise(session, actor, Act.APPRAISE, place_of(project))
    if project.status != "evaluating":
        raise NotPermitted(zh="项目不在评榜阶段。", en="the project is not being evaluated.")
    require_facts_wanted(session, project)
    answers = appraisal_sheet(session, project).read(marks)
    at = now(session)
    sheet = row_or_new(
        session,
        AppraisalScore,
        project_id=project.id,
        round=project.stage_round,
        person_id=actor.person_id,
    )
    sheet.marks, sheet.scored_at = answers.kept(), at
    record(session, AppraisalScored(), about=project.code, by=actor.login, at=at)
    settle_current(session, project, GateKind.EVENT, at)


def conclude_evaluation(session: Session, project: Project, gate: Gate, at: datetime) -> None:
    """Go on to publication, begin another round, or end the project, as the gate decided."""
    if gate.outcome is Outcome.APPROVED:
        move(session, project, Action.APPROVE_EVALUATION, actor="flow", at=at)
    elif gate.outcome is Outcome.REJECTED:
        end_unanswered(session, project, Action.REJECT, actor="flow", at=at)
    elif gate.outcome is Outcome.RETURNED:
        project.stage_round += 1
