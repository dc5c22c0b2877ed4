"""Assess 考榜: the answers of four parties, the result with its arithmetic, the closing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlmodel import Field, Session, col, select

from domain.award.scoring import Assessment, Party, assess
from domain.conduct.conduct_list import ASSESSED
from domain.errors import BadInput, NotPermitted
from domain.gates import GateKind, Outcome
from domain.identity.permissions import Act
from domain.lifecycle import Action, Status
from domain.privacy import mask
from domain.questionnaires import Questionnaire
from domain.questions import Kept
from models import (
    AssessmentResponse,
    AssessmentResult,
    Bid,
    Gate,
    Need,
    Project,
    ProjectNeed,
)
from models.needs import NeedStatus
from models.shapes import Shape
from services.assess.assessment_rules import assessment_rules
from services.assess.events import AnswerGiven, AssessmentConfirmed, NeedAnswered
from services.award.awards import present_agreement
from services.bid.interests import require_no_interest
from services.clock import now
from services.deliver.acceptance import release_rest
from services.district.rounds import settings_of
from services.events import audiences
from services.events.record import record, tell
from services.gates.settle_gate import require_facts_wanted, settle_current
from services.identity.actors import Actor, authorise, place_of
from services.ledgers import credit, quota
from services.projects.moves import lock_project, move
from services.rows import row_or_new
from services.rubrics import rubric_marks

LONGEST_NUMBER: Final = 40
MAY_ANSWER: Final[dict[Party, Act]] = {
    Party.PARTY_ORGANISATIONS: Act.ASSESS_AS_PARTY_ORGANISATION,
    Party.RESIDENTS: Act.ENTER_PAPER_ANSWERS,
    Party.DEPARTMENTS: Act.ASSESS_AS_DEPARTMENT,
    Party.EXPERTS: Act.ASSESS_AS_EXPERT,
}


class PaperNumber(Shape):
    """The number of a resident's paper sheet."""

    paper: str | None = Field(default=None, max_length=LONGEST_NUMBER)


@dataclass(frozen=True)
class AssessmentAnswer:
    """One sheet: the party, its marks (0 to 100), and a resident's paper number.

    Of a resident's own answer also the words, and what tells its device from others.
    """

    party: Party
    marks: Mapping[str, Kept]
    paper: str | None = None
    words: str = ""
    device: str | None = None


def party_sheet(session: Session, project: Project, party: Party) -> Questionnaire:
    """Return what a party is asked: a mark by each criterion of its rubric."""
    rubric = assessment_rules(session, project)[party].rubric
    return Questionnaire(f"assessment-{party}", project.settings_version, rubric_marks(rubric))


def answer_assessment(
    session: Session, *, project_id: UUID, actor: Actor, answer: AssessmentAnswer
) -> None:
    """Record one answer of one party; residents' paper answers are entered by the secretary.

    A new answer of the same person, or of the same sheet of paper, replaces the earlier one.
    Raises NotPermitted for a person who does not belong to the party and once the answers are in,
    BadInput for marks that do not fit the party's rubric.
    """
    project = lock_project(session, project_id)
    authorise(session, actor, MAY_ANSWER[answer.party], place_of(project))
    require_no_interest(session, project, actor)
    if project.status is not Status.ASSESSING:
        raise NotPermitted(zh="项目不在考榜阶段。", en="the project is not being assessed.")
    on_paper = answer.party is Party.RESIDENTS
    if on_paper and not 0 < len(answer.paper or "") <= LONGEST_NUMBER:
        raise BadInput(
            zh=f"请填写纸质答卷编号，至多 {LONGEST_NUMBER} 个字符。",
            en=f"Give the number of the paper sheet, {LONGEST_NUMBER} characters at most.",
        )
    respondent = f"paper:{answer.paper}" if on_paper else str(actor.person_id)
    record_answer(
        session, project, answer, respondent=respondent, actor=actor.login, on_paper=on_paper
    )


def record_answer(
    session: Session,
    project: Project,
    answer: AssessmentAnswer,
    *,
    respondent: str,
    actor: str,
    on_paper: bool = False,
) -> None:
    """Keep an answer of somebody who may give it; the project is locked.

    Raises NotPermitted once the answers are in, BadInput for marks that do not fit the rubric.
    """
    require_facts_wanted(session, project)
    answers = party_sheet(session, project, answer.party).read(answer.marks)
    at = now(session)
    row = row_or_new(
        session,
        AssessmentResponse,
        project_id=project.id,
        round=project.stage_round,
        party=answer.party,
        respondent=respondent,
    )
    row.marks, row.on_paper = answers.kept(), on_paper
    row.words, row.device = answer.words, answer.device
    row.answered_at = at
    record(
        session,
        AnswerGiven(party=answer.party, on_paper=on_paper),
        about=project.code,
        by=actor,
        at=at,
    )
    settle_current(session, project, GateKind.EVENT, at)


def compute_result(session: Session, project: Project, at: datetime) -> dict[str, object]:
    """Compute the four-party result from its rows and keep the arithmetic."""
    result = result_of(session, project, project.stage_round)
    session.add(
        AssessmentResult(
            project_id=project.id,
            round=project.stage_round,
            value=result.value,
            grade=result.grade,
            spread=result.spread,
            flagged=result.flagged,
            parties=arithmetic(result),
            computed_at=at,
        )
    )
    session.flush()
    return {"value": result.value, "grade": result.grade}


def residents_words(session: Session, project: Project) -> tuple[str, ...]:
    """Return what residents added to their answers in this round, masked, in the order it came."""
    rows = session.exec(
        select(AssessmentResponse.words)
        .where(
            AssessmentResponse.project_id == project.id,
            AssessmentResponse.round == project.stage_round,
            AssessmentResponse.party == Party.RESIDENTS,
            AssessmentResponse.words != "",
        )
        .order_by(col(AssessmentResponse.answered_at))
    ).all()
    return tuple(mask(row) for row in rows)


def result_of(session: Session, project: Project, round_: int) -> Assessment:
    """Return the four-party result of a round from its answers; raise PartyMissing."""
    settings = settings_of(session, project)
    rows = session.exec(
        select(AssessmentResponse)
        .where(AssessmentResponse.project_id == project.id, AssessmentResponse.round == round_)
        .order_by(col(AssessmentResponse.answered_at))
    ).all()
    sheets: dict[Party, list[dict[str, Decimal]]] = {party: [] for party in Party}
    for row in rows:
        sheets[row.party].append({k: Decimal(v) for k, v in row.marks.items()})
    return assess(
        assessment_rules(session, project, round_),
        sheets,
        thresholds=settings.grades,
        spread_limit=settings.spread_limit,
    )


def arithmetic(result: Assessment) -> list[dict[str, Any]]:
    """Return what a result keeps of each party: mean, weight, points, answers, and the lines."""
    return [
        {
            "party": party.party.value,
            "mean": str(party.total.value),
            "weight": str(party.weight),
            "points": str(party.points),
            "answers": party.answers,
            "lines": [
                [line.criterion, str(line.mean), str(line.weight), str(line.points)]
                for line in party.total.lines
            ],
        }
        for party in result.parties
    ]


def close_project(session: Session, project: Project, gate: Gate, at: datetime) -> None:
    """Close a confirmed project: last instalment, credit, quota, and answers; or assess again."""
    if gate.outcome is Outcome.RETURNED:
        project.stage_round += 1
        return
    if gate.outcome is not Outcome.APPROVED:
        return
    result = session.get_one(AssessmentResult, (project.id, project.stage_round))
    result.confirmed_at = at
    residents, on_paper = _residents(session, project)
    record(
        session,
        AssessmentConfirmed(
            value=result.value, grade=result.grade, residents=residents, on_paper=on_paper
        ),
        about=project.code,
        by="flow",
        at=at,
    )
    release_rest(session, project, at)
    bid = session.get_one(Bid, present_agreement(session, project).bid_id)
    if rule := ASSESSED.get(result.grade):
        credit.enter(
            session,
            project,
            rule,
            organisations=credit.members_of(session, bid.id),
            reference=project.code,
            at=at,
        )
    quota.release_all(session, project=project, at=at)
    move(session, project, Action.CLOSE, actor="flow", at=at)
    project.closed_at = at
    _answer_needs(session, project, result, at)


def _residents(session: Session, project: Project) -> tuple[int, int]:
    """Return how many residents answered in this round, and how many of them on paper."""
    on_paper = session.exec(
        select(AssessmentResponse.on_paper).where(
            AssessmentResponse.project_id == project.id,
            AssessmentResponse.round == project.stage_round,
            AssessmentResponse.party == Party.RESIDENTS,
        )
    ).all()
    return len(on_paper), sum(on_paper)


def _answer_needs(
    session: Session, project: Project, result: AssessmentResult, at: datetime
) -> None:
    own = select(ProjectNeed.need_id).where(
        ProjectNeed.project_id == project.id, col(ProjectNeed.released_at).is_(None)
    )
    needs = session.exec(
        select(Need)
        .where(col(Need.id).in_(own) | col(Need.merged_into).in_(own))
        .order_by(col(Need.code))
    ).all()
    for need in needs:
        if need.status is not NeedStatus.MERGED:
            need.status = NeedStatus.ANSWERED
        tell(
            session,
            NeedAnswered(need=need.code, grade=result.grade),
            about=project.code,
            at=at,
            to=audiences.community(project.community_code),
            once=f"need:{need.code}:answered",
        )
    session.flush()
