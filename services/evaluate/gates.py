"""The gates of 评榜: the analysis is written, appraisers score, street and expert decide."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, tuple_
from sqlmodel import Session, col, select

from domain.award.scoring import weighted_total
from domain.gates import Rule
from domain.identity.permissions import Act
from domain.lifecycle import STAGE_NAMES, Stage
from domain.money import show
from domain.questionnaires import Questionnaire
from domain.text import Text
from models import AppraisalScore, Gate, Need, Project, ProjectNeed
from services.district.rounds import settings_of
from services.evaluate.evaluation import appraisal_sheet
from services.gates.check_results import WantedCheck, wanted_at
from services.gates.kits import (
    Approval,
    EventGate,
    Fact,
    Preparation,
    Progress,
    StageKit,
    fact,
)
from services.gates.readers import At, Reader, TaskState, done_or_open
from services.gates.seats import DECIDE, EXPERT, PREPARE, SECRETARY, STREET
from services.identity.actors import may, place_of
from services.mending import Mending
from services.needs.needs_register import NeedLine, line_of


class AnalysisPage(NamedTuple):
    """The needs that are analysed, and what the data check will look at."""

    needs: tuple[NeedLine, ...]
    wanted: list[WantedCheck]


class Analysis(Preparation[Project]):
    """The community writes the needs analysis."""

    rule = Rule(
        Text("编写需求分析", "Write the needs analysis"), (SECRETARY,), PREPARE, due_days=10
    )
    duty = "analyse"
    task = Text("编写需求分析", "Write the needs analysis")
    template = "evaluate/analyse.html"

    def page(self, session: Session, me: Reader, at: At[Project], state: TaskState) -> AnalysisPage:
        """Return the project's needs, and what its check wants."""
        del me, state
        return AnalysisPage(
            _needs_of(session, at.subject), wanted_at(session, at.subject, Stage.EVALUATE)
        )


def _needs_of(session: Session, project: Project) -> tuple[NeedLine, ...]:
    """Return the needs that a project gathers, those with most supporters first."""
    needs = session.exec(
        select(Need)
        .join(ProjectNeed, col(ProjectNeed.need_id) == Need.id)
        .where(ProjectNeed.project_id == project.id)
        .order_by(col(Need.supporters).desc())
    ).all()
    return tuple(map(line_of, needs))


class AppraisalPage(NamedTuple):
    """The needs that are appraised, the sheet, and the reader's marks as far as they are given."""

    needs: tuple[NeedLine, ...]
    sheet: Questionnaire
    marks: dict[str, Any]


class EvaluationPage(NamedTuple):
    """The needs that the project gathers."""

    needs: tuple[NeedLine, ...]


class Appraisal(EventGate[Project]):
    """Third parties and experts score the project."""

    rule = Rule(
        Text("第三方与专家评分", "Appraisal scores by third parties and experts"), due_days=10
    )
    duty = "appraise"
    task = Text("评榜评分", "Appraise")
    template = "evaluate/appraise.html"
    beside = True
    judged = "evaluate/needs.html"
    acts = (Act.APPRAISE,)

    def progress(self, session: Session, subject: Project) -> Progress:
        """Count the score sheets of this round."""
        done = session.exec(
            select(func.count())
            .select_from(AppraisalScore)
            .where(
                AppraisalScore.project_id == subject.id,
                AppraisalScore.round == subject.stage_round,
            )
        ).one()
        return Progress(done, settings_of(session, subject).appraisal_quorum)

    def answered(self, person_id: UUID) -> ColumnElement[bool]:
        """Tell whether somebody has appraised the project in this round."""
        return exists().where(
            col(AppraisalScore.project_id) == col(Gate.process_id),
            col(AppraisalScore.round) == col(Gate.round),
            col(AppraisalScore.person_id) == person_id,
        )

    def standings(
        self, session: Session, me: Reader, gates: Sequence[At[Project]]
    ) -> Sequence[TaskState | None]:
        """Let appraisers score until they have."""
        rows = session.exec(
            select(AppraisalScore.project_id, AppraisalScore.round).where(
                AppraisalScore.person_id == me.id,
                tuple_(col(AppraisalScore.project_id), col(AppraisalScore.round)).in_(
                    [at.here for at in gates]
                ),
            )
        )
        scored = set(rows)
        return [
            done_or_open(at.here in scored)
            if may(me.grants, Act.APPRAISE, place_of(at.subject))
            else None
            for at in gates
        ]

    def page(
        self, session: Session, me: Reader, at: At[Project], state: TaskState
    ) -> AppraisalPage:
        """Return the project's needs, the sheet, and the reader's marks."""
        del state
        project = at.subject
        sheet = session.exec(
            select(AppraisalScore).where(
                AppraisalScore.project_id == project.id,
                AppraisalScore.round == project.stage_round,
                AppraisalScore.person_id == me.id,
            )
        ).one_or_none()
        return AppraisalPage(
            _needs_of(session, project),
            appraisal_sheet(session, project),
            sheet.marks if sheet else {},
        )


class Evaluation(Approval[Project]):
    """Street and expert decide whether it becomes a call."""

    in_bulk = True
    rule = Rule(Text("评榜审定", "Confirm the appraisal"), (STREET, EXPERT), DECIDE, due_days=5)
    judged = "evaluate/needs.html"

    def page(
        self, session: Session, me: Reader, at: At[Project], state: TaskState
    ) -> EvaluationPage:
        """Return the project's needs."""
        del me, state
        return EvaluationPage(_needs_of(session, at.subject))


def facts(session: Session, project: Project) -> list[Fact]:
    """Return the analysis, and the mean of the sheets once enough are in."""
    if project.budget is None:
        return []
    lines = [
        fact("预算（元）", "Budget (yuan)", show(project.budget)),
        fact("受益人数", "Beneficiaries", project.beneficiaries),
        fact("问题根源", "Root cause", project.root_cause, public=False),
        fact("目标人群", "Target group", project.target_group, public=False),
    ]
    sheets = session.exec(
        select(AppraisalScore).where(
            AppraisalScore.project_id == project.id, AppraisalScore.round == project.stage_round
        )
    ).all()
    settings = settings_of(session, project)
    if len(sheets) >= settings.appraisal_quorum:
        marks = [{name: Decimal(mark) for name, mark in sheet.marks.items()} for sheet in sheets]
        lines.append(fact("评分份数", "Score sheets", len(sheets)))
        lines.append(
            fact("评分均值", "Mean score", weighted_total(settings.appraisal_rubric, marks).value)
        )
    return lines


ANALYSIS: Final = Analysis()
APPRAISAL: Final = Appraisal()
EVALUATION: Final = Evaluation()
REPAIR: Final = Mending(sent_back=True)
EVALUATE: Final = StageKit(
    Stage.EVALUATE,
    STAGE_NAMES[Stage.EVALUATE],
    (ANALYSIS, APPRAISAL, REPAIR, EVALUATION),
    facts,
)
